// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files

/// What holds between the parts of a manifest, whoever wrote it.
struct ManifestRules {
  private let limits: BundleLimits
  /// Eighteen digits: readers in other languages, and Galley's own, take them exactly.
  private static let largestNumber = 999_999_999_999_999_999

  init(_ limits: BundleLimits) { self.limits = limits }

  func check(_ manifest: Manifest) throws(CanonicalProblem) {
    try checkHead(manifest)
    try checkLimits(manifest)
    try checkOrder(manifest.objects.map(\.digest), "objects")
    try checkOrder(manifest.artifacts.map(\.digest), "artifacts")
    try checkOrder(manifest.claims.map(\.id), "claims")
    try checkOrder(manifest.trees.map(\.name), "trees")
    try checkSizes(manifest.objects)
    for artifact in manifest.artifacts { try check(artifact) }
    for tree in manifest.trees { try TreeRules(tree, limits).check() }
    try checkLikeness(manifest.claims.map(\.id), "claims")
    try checkLikeness(manifest.trees.map(\.name), "trees")
    let names = Set(manifest.trees.map { Array($0.name.utf8) })
    for claim in manifest.claims { try check(claim, of: manifest, trees: names) }
  }

  private func checkHead(_ manifest: Manifest) throws(CanonicalProblem) {
    try checkName(manifest.name, "the bundle's name")
    try checkText(manifest.galley, "the version of Galley")
    try checkSequence(manifest.sequence, "the sequence")
    if let from = manifest.validFrom, let until = manifest.validUntil {
      try require(from <= until, "it is valid from \(from) until \(until), so never")
    }
    try checkOrder(manifest.platforms, "platforms")
    try checkOrder(manifest.host, "host")
    for platform in manifest.platforms { try checkName(platform, "a platform") }
    for path in manifest.host { try checkText(path, "a path of the host") }
    guard let base = manifest.base else { return }
    try checkName(base.name, "the base's name")
    try checkSequence(base.sequence, "the base's sequence")
  }

  private func checkLimits(_ manifest: Manifest) throws(CanonicalProblem) {
    func check(_ count: Int, _ limit: Int, _ what: String) throws(CanonicalProblem) {
      try require(count <= limit, "there are \(count) \(what), and \(limit) are the most")
    }
    try check(manifest.objects.count, limits.objects, "objects")
    try check(manifest.artifacts.count, limits.objects, "artifacts")
    try check(manifest.claims.count, limits.claims, "claims")
    try check(manifest.trees.count, limits.trees, "trees")
    try check(manifest.trees.reduce(0) { $0 + $1.entries.count }, limits.entries, "entries of trees")
    try check(manifest.platforms.count, limits.elements, "platforms")
    try check(manifest.host.count, limits.elements, "paths of the host")
  }

  private func checkSizes(_ objects: [BundleObject]) throws(CanonicalProblem) {
    var total = 0
    for object in objects {
      try require(object.size >= 0, "the object \(object.digest.short) has the size \(object.size)")
      let (sum, overflow) = total.addingReportingOverflow(object.size)
      // Half of what fits leaves room for the archive's own bytes.
      try require(!overflow && sum <= Int.max / 2, "the objects together are larger than any file can be")
      total = sum
    }
  }

  private func check(_ artifact: BundleArtifact) throws(CanonicalProblem) {
    for text in [artifact.name, artifact.role, artifact.origin, artifact.licence] {
      if let text { try checkText(text, "a note of the artifact \(artifact.digest.short)") }
    }
  }

  private func check(_ claim: Claim, of manifest: Manifest, trees: Set<[UInt8]>) throws(CanonicalProblem) {
    try checkName(claim.id, "a claim's name")
    let whose = "of the claim '\(claim.id)'"
    try checkName(claim.recipe.name, "the recipe \(whose)")
    try checkName(claim.task, "the task \(whose)")
    try checkName(claim.platform, "the platform \(whose)")
    try require(
      manifest.platforms.contains { $0.utf8.elementsEqual(claim.platform.utf8) },
      "the platform '\(claim.platform)' \(whose) is none of the bundle's: \(manifest.platforms.joined(separator: ", "))"
    )
    try checkOrder(claim.needs, "needs \(whose)")
    try checkOrder(claim.trees, "trees \(whose)")
    for text in claim.missing { try checkText(text, "what is missing \(whose)") }
    for tree in claim.trees {
      try require(trees.contains(Array(tree.utf8)), "the tree '\(tree)' \(whose) is not in the bundle")
    }
    switch claim.state {
    case .proven: try require(claim.proof != nil, "the claim '\(claim.id)' is called proven and names no proof")
    case .incomplete: try require(!claim.missing.isEmpty, "nothing is missing \(whose), which is called incomplete")
    case .closed, .stale: break
    }
    if claim.state == .proven || claim.state == .closed {
      try require(claim.missing.isEmpty, "something is missing \(whose), which is called \(claim.state.rawValue)")
    }
    guard let standIn = claim.standIn else { return }
    try checkName(standIn.format, "the format of the data \(whose)")
    try require(
      0...Self.largestNumber ~= standIn.minimumCount, "the smallest number of items \(whose) is \(standIn.minimumCount)"
    )
    for label in standIn.labels { try checkText(label, "a label \(whose)") }
  }

  private func checkSequence(_ number: Int, _ what: String) throws(CanonicalProblem) {
    try require(number >= 1, "\(what) is \(number), and it begins with 1")
    try require(number <= Self.largestNumber, "\(what) has more than 18 digits")
  }

  private func checkName(_ text: String, _ what: String) throws(CanonicalProblem) {
    try require(!text.isEmpty, "\(what) is empty")
    try checkText(text, what)
  }

  private func checkText(_ text: String, _ what: String) throws(CanonicalProblem) {
    try require(text.isPlain, "\(what) contains control characters")
    try require(text.utf8.count <= limits.textBytes, "\(what) has more than \(limits.textBytes) bytes")
  }

  private func checkOrder(_ texts: [String], _ what: String) throws(CanonicalProblem) {
    for (left, right) in zip(texts, texts.dropFirst()) where !left.precedes(right) {
      throw CanonicalProblem(
        left.utf8.elementsEqual(right.utf8)
          ? "'\(left)' stands twice in \(what)" : "'\(left)' and '\(right)' in \(what) are not in order")
    }
  }

  /// Names that are equal to people and to Swift, though not in their bytes: Unicode's canonical equivalence.
  private func checkLikeness(_ names: [String], _ what: String) throws(CanonicalProblem) {
    try require(Set(names).count == names.count, "two names of \(what) differ only in how their letters are composed")
  }

  private func checkOrder(_ digests: [Digest], _ what: String) throws(CanonicalProblem) {
    for (left, right) in zip(digests, digests.dropFirst()) where left >= right {
      throw CanonicalProblem(
        left == right ? "\(left.short) stands twice in \(what)" : "\(left.short) in \(what) is not in order")
    }
  }

  private func require(_ condition: Bool, _ problem: @autoclosure () -> String) throws(CanonicalProblem) {
    guard condition else { throw CanonicalProblem(problem()) }
  }
}
