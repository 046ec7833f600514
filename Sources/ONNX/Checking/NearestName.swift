// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// The name that is nearest to a misspelt one, if one is near.
///
/// The distance is Levenshtein's, the number of letters to insert, remove or replace; a third of the letters may differ.
func nearestName(to name: String, among candidates: some Sequence<String>) -> String? {
  // A name from a file may be of any length.
  guard name.utf8.count <= 64 else { return nil }
  let wanted = Array(name.lowercased().utf8)
  var best: (name: String, distance: Int)?
  for candidate in candidates.sorted() {
    let distance = editDistance(wanted, Array(candidate.lowercased().utf8))
    if distance < best?.distance ?? wanted.count / 3 + 1 { best = (candidate, distance) }
  }
  return best?.name
}

private func editDistance(_ one: [UInt8], _ other: [UInt8]) -> Int {
  var row = Array(0...other.count)
  for (i, letter) in one.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for (j, otherLetter) in other.enumerated() {
      let replaced = diagonal + (letter == otherLetter ? 0 : 1)
      diagonal = row[j + 1]
      row[j + 1] = min(replaced, row[j] + 1, diagonal + 1)
    }
  }
  return row[other.count]
}
