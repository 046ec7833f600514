// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Which wheels an interpreter takes, and which it likes best: the tags of
/// [PEP 425](https://peps.python.org/pep-0425/), [PEP 600](https://peps.python.org/pep-0600/) and
/// [PEP 656](https://peps.python.org/pep-0656/), in the order of Python's package `packaging`.
package struct WheelTags: CustomStringConvertible {
  /// How well a wheel fits; the least is the best.
  package struct Rank: Comparable {
    /// By interpreter and interface of modules.
    var interface: Int
    /// By platform.
    var platform: Int
    /// Of wheels that are equal otherwise the one with the highest build number is the best.
    var build: Int

    package static func < (left: Self, right: Self) -> Bool {
      (left.interface, left.platform, -left.build) < (right.interface, right.platform, -right.build)
    }
  }

  private let major: Int
  private let minor: Int
  /// The interpreter's own tag: `cp311`.
  private let interpreter: String
  /// The tags of its interface of extension modules, best first: `cp311`.
  private let interfaces: [String]
  /// Whether it is CPython, whose stable interface lasts from version to version.
  private let hasStableInterface: Bool
  /// The processor's name: `x86_64`.
  private let processor: String
  /// The second number of glibc's version 2; `nil` where the C library is another.
  private let glibc: Int?

  /// What it is, for people: `Python 3.11 (cp311) on x86_64 with glibc 2.36`.
  package let description: String

  /// The tags of an interpreter.
  package init(_ facts: InterpreterFacts) {
    (major, minor) = (facts.version.first ?? 3, facts.version.dropFirst().first ?? 0)
    let parts = (facts.moduleInterface ?? "").split(separator: "-").map(String.init)
    let isCPython = facts.implementation == "cpython"
    let (letters, numbers) = (facts.implementation == "pypy" ? "pp" : "cp", "\(major)\(minor)")
    interpreter = isCPython || facts.implementation == "pypy" ? letters + numbers : facts.implementation + numbers
    if isCPython {
      let own = "cp" + (parts.dropFirst().first ?? numbers)
      // A debug build takes what was built for the ordinary one.
      interfaces = own.hasSuffix("d") ? [own, String(own.dropLast())] : [own]
    } else {
      interfaces = [parts.prefix(2).joined(separator: "_")]
    }
    // Without the global lock there is no stable interface.
    hasStableInterface = isCPython && interfaces.allSatisfy { !$0.contains("t") }
    processor = String(facts.platform.split(separator: "-", maxSplits: 1).last ?? "").replacing("-", with: "_")
    let version = (facts.glibc ?? "").split(separator: " ").last?.split(separator: ".").map { Int($0) } ?? []
    glibc = version.first == 2 ? version.dropFirst().first ?? nil : nil
    let library = glibc.map { " with glibc 2.\($0)" } ?? ""
    description = "Python \(major).\(minor) (\(interfaces.first ?? interpreter)) on \(processor)\(library)"
  }

  /// How well a wheel of this name fits; `nil` if it doesn't.
  package func rank(ofWheelNamed name: String) -> Rank? {
    guard name.hasSuffix(".whl") else { return nil }
    let parts = name.dropLast(4).split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 5 || parts.count == 6 else { return nil }
    let build = parts.count == 6 ? Int(parts[2].prefix { $0.isNumber }) ?? 0 : 0
    // Each part may name several tags, and every combination of them is meant.
    let sets = parts.suffix(3).map { $0.split(separator: ".").map(String.init) }
    guard sets.count == 3 else { return nil }
    var best: Rank?
    for python in sets[0] {
      for interface in sets[1] {
        for platform in sets[2] {
          guard let place = place(python, interface, platform) else { continue }
          let rank = Rank(interface: place.interface, platform: place.platform, build: build)
          if best.map({ rank < $0 }) ?? true { best = rank }
        }
      }
    }
    return best
  }

  private func place(_ python: String, _ interface: String, _ platform: String) -> (interface: Int, platform: Int)? {
    guard let level = platform == "any" ? 0 : level(ofPlatform: platform) else { return nil }
    let order: Int? =
      if platform == "any" {
        interface == "none" ? (python == interpreter ? 2_000 : generic(python).map { 2_001 + $0 }) : nil
      } else if python == interpreter, let index = interfaces.firstIndex(of: interface) {
        index
      } else if interface == "abi3" {
        stable(python)
      } else if interface == "none" {
        python == interpreter ? 100 : generic(python).map { 1_000 + $0 }
      } else {
        nil
      }
    return order.map { ($0, level) }
  }

  /// The place of a tag that is for the stable interface since some version of CPython.
  private func stable(_ python: String) -> Int? {
    guard hasStableInterface, python.hasPrefix("cp\(major)"), let since = Int(python.dropFirst(3)), since >= 2,
      since <= minor
    else { return nil }
    return since == minor ? 50 : 200 + minor - since
  }

  /// The place of a tag that is for any implementation: `py311`, `py3`, then those of older versions.
  private func generic(_ python: String) -> Int? {
    guard python.hasPrefix("py\(major)") else { return nil }
    let rest = python.dropFirst(3)
    if rest.isEmpty { return 1 }
    guard let version = Int(rest), version >= 0, version <= minor else { return nil }
    return version == minor ? 0 : 1 + minor - version
  }

  /// The place of a platform: what asks for a newer C library comes first.
  private func level(ofPlatform platform: String) -> Int? {
    let ending = "_\(processor)"
    guard platform.hasSuffix(ending) else { return nil }
    let system = platform.dropLast(ending.count)
    let aliases = ["manylinux1": 5, "manylinux2010": 12, "manylinux2014": 17]
    switch system {
    case "linux": return 1_000
    case _ where system.hasPrefix("manylinux_2_"):
      guard let glibc, let wanted = Int(system.dropFirst("manylinux_2_".count)), wanted <= glibc else { return nil }
      return 2 * (glibc - wanted)
    // Which version of musl this is nobody says; the oldest that is asked for is the likeliest to be had.
    case _ where system.hasPrefix("musllinux_1_"):
      return glibc == nil ? Int(system.dropFirst("musllinux_1_".count)) : nil
    default:
      guard let glibc, let wanted = aliases[String(system)], wanted <= glibc else { return nil }
      return 2 * (glibc - wanted) + 1
    }
  }
}
