// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Expressions
internal import Galley

/// What a recipe says, completed by defaults, together with everything that is wrong with it.
///
/// The steps: places are laid out along the ingredients chosen; keys that are synonyms are brought to their places;
/// values are taken from where `${…}` points; places whose condition doesn't hold are set aside; constraints are
/// evaluated.
struct Resolution: Sendable {
  let catalogue: CardCatalogue
  /// The document with synonyms replaced by paths.
  var root: SourceNode
  /// The task's ingredient; `nil` if there is none.
  var task: Card?
  /// All places, each before those inside it.
  var entries: [RecipeEntry] = []
  /// Positions of the entries by path.
  var positions: [String: Int] = [:]
  /// Positions of the entries by synonym.
  var synonyms: [String: [Int]] = [:]
  /// What keeps the recipe from being run, apart from choices that are missing and constraints that don't hold.
  var problems: [Problem] = []
  /// What a reader should know.
  var notices: [Problem] = []
  /// Constraints that don't hold.
  var violations: [BrokenConstraint] = []

  /// Something wrong at a place of a file.
  struct Problem: Sendable, Hashable {
    var position: SourcePosition
    var error: GalleyError
  }

  /// Resolves a document.
  init(_ root: SourceNode, catalogue: CardCatalogue) {
    self.root = root
    self.catalogue = catalogue
    layOut()
    resolveInterpolations()
    decideApplicability()
    checkConstraints()
  }

  /// The entry at a path, or the entries with a synonym.
  func find(_ name: String) -> [Int] {
    if let position = positions[name] { return [position] }
    return synonyms[name] ?? []
  }

  /// The path of the slot that the entry belongs to: `""` for slots of the task, `task` for the task's options.
  func ownerPath(of position: Int) -> String {
    if let parent = entries[position].parent { return entries[parent].path }
    return entries[position].path.hasPrefix("task.") ? "task" : ""
  }

  /// A path as it was written at an entry: with leading dots it starts at the entry's ingredient.
  func absolute(_ path: String, from position: Int) -> String { absolute(path, owner: ownerPath(of: position)) }

  /// One leading dot is the ingredient itself, each further one the place around it.
  func absolute(_ path: String, owner: String) -> String {
    guard path.hasPrefix(".") else { return path }
    let dots = path.prefix { $0 == "." }.count
    var owner = owner[...]
    for _ in 1..<max(1, dots) { owner = owner.lastIndex(of: ".").map { owner[..<$0] } ?? "" }
    let rest = path.dropFirst(dots)
    return owner.isEmpty ? String(rest) : "\(owner).\(rest)"
  }

  mutating func refuse(_ position: SourcePosition, _ path: String, _ why: String, _ remedy: String?) {
    problems.append(
      Problem(
        position: position,
        error: GalleyError(.configuration, path, at: "\(position)", why: why, remedy: remedy)))
  }

  mutating func notice(_ position: SourcePosition?, _ path: String, _ why: String) {
    let position = position ?? root.position
    notices.append(
      Problem(position: position, error: GalleyError(.configuration, path, at: "\(position)", why: why)))
  }

  /// A question whether another name was meant, ready to follow a clause; empty if none is near.
  func guess(_ name: String, among candidates: some Sequence<String>) -> String {
    NearestName.match(name, in: candidates).map { "; did you mean '\($0)'?" } ?? ""
  }
}
