// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

extension RunLengthMask {
  /// Number of pixels that belong to both masks; 0 if their sizes differ.
  public func intersection(_ other: RunLengthMask) -> Int {
    guard size == other.size else { return 0 }
    var shared = 0
    var (left, right) = (0, 0)
    var (leftEnd, rightEnd) = (Int(counts.first ?? 0), Int(other.counts.first ?? 0))
    var place = 0
    while left < counts.count, right < other.counts.count {
      let end = min(leftEnd, rightEnd)
      // Runs with odd positions are the object's.
      if left % 2 == 1, right % 2 == 1 { shared += end - place }
      place = end
      if leftEnd == end {
        left += 1
        if left < counts.count { leftEnd += Int(counts[left]) }
      }
      if rightEnd == end {
        right += 1
        if right < other.counts.count { rightEnd += Int(other.counts[right]) }
      }
    }
    return shared
  }
}
