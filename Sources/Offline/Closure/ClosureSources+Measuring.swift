// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
internal import Galley
internal import NativeLibraries
internal import Recipes

extension ClosureSources {
  /// The same sources with the sizes and digests of what programs and the system's libvips bring: the dynamic loader is
  /// asked which shared libraries they need, and every file is hashed that was not hashed before.
  ///
  /// Without this a program counts as its own file, and the system's libvips as its own.
  public func measured() async -> ClosureSources {
    guard let loader = try? DynamicLoader() else { return self }
    var measured = self
    var shared: [String: Int] = [:]
    for (position, program) in programs.enumerated() {
      guard let path = program.item.path else { continue }
      measured.programs[position].item.digest = facts.digest(of: path)
      for library in (try? await loader.libraries(of: path)) ?? [] {
        shared[library.path] = FileSizes.size(of: library.path)
      }
    }
    if !shared.isEmpty { measured.programs.append(program(shared)) }
    await measureVips(loader, without: shared)
    return measured
  }

  /// The shared libraries of the programs, as one thing: they lie in one folder.
  private func program(_ files: [String: Int]) -> Program {
    var item = ClosureItem(kind: .program, role: .toolchain, name: "shared libraries of the programs")
    item.byteCount = files.values.reduce(0, +)
    item.digest = content(of: Array(files.keys))?.digest
    item.provenance = "\(files.count) files: Swift's libraries, the C++ library and what these need"
    // They are carried with the programs.
    item.isHere = programs.allSatisfy(\.item.isHere)
    if let path = programs.first?.item.path { item.path = path }
    return Program(item: item, stages: StageGoal.allCases)
  }

  private func content(of files: [String]) -> FolderContent? {
    var entries: [FolderContent.Entry] = []
    for file in files {
      guard let digest = facts.digest(of: file), let size = FileSizes.size(of: file) else { return nil }
      let name = file.split(separator: "/").last.map(String.init) ?? file
      entries.append(.init(path: name, digest: digest, byteCount: size))
    }
    return FolderContent(entries: entries)
  }

  /// A libvips of the system's comes with every library that it needs; those that the programs bring are there once.
  private func measureVips(_ loader: DynamicLoader, without shared: [String: Int]) async {
    var item = facts.library(NativeLibrary.vips.name)
    guard let path = item.path, !path.contains("/\(NativeLibrary.vips.name)-"),
      let needed = try? await loader.libraries(of: path)
    else { return }
    let files = needed.map(\.path).filter { shared[$0] == nil }
    item.byteCount = (FileSizes.size(of: path) ?? 0) + files.reduce(0) { $0 + (FileSizes.size(of: $1) ?? 0) }
    item.provenance = "the system's package libvips42, with \(files.count) libraries that it needs"
    facts.learn(item)
  }
}
