// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import GRDB
internal import Galley

extension PlatformStore {
  /// What an import that replaces nothing may add to an item: ground truth only to one that has none, so that importing
  /// again doubles nothing. What the files say beside that is rejected, unless it is there already.
  /// - Parameter name: What the item is called in the import.
  func withoutTruthThatIsThere(
    _ drafts: [AnnotationDraft], of name: String, _ outcome: ItemOutcome, _ report: inout ImportReport
  ) throws(GalleyError) -> [AnnotationDraft] {
    let truth = drafts.filter { !$0.origin.isPrediction }
    if case .added = outcome { return drafts }
    guard !truth.isEmpty, let id = outcome.id else { return drafts }
    let there = try annotations(ofItem: id)
    guard !there.isEmpty else { return drafts }
    if !Self.isSame(truth, there) {
      report.reject(name, "the item has \(there.count) annotations already, which stay: nothing asks to replace them")
    }
    return drafts.filter(\.origin.isPrediction)
  }

  /// Whether an item's ground truth is what is to be imported, whoever said it.
  private static func isSame(_ drafts: [AnnotationDraft], _ there: [PlatformAnnotation]) -> Bool {
    guard drafts.count == there.count else { return false }
    var rest = there
    for draft in drafts {
      let place = rest.firstIndex { known in
        known.label.utf8.elementsEqual(draft.label.utf8) && known.geometry == draft.geometry
          && known.attributes == draft.attributes
      }
      guard let place else { return false }
      rest.remove(at: place)
    }
    return true
  }
}
