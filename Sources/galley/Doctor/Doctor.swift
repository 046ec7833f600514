// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Backends
internal import Files
internal import Foundation
internal import Galley
internal import Images
internal import NativeLibraries
internal import Pantry
internal import Runtimes

/// Looks at everything that Galley needs on this machine.
struct Doctor {
  let pantryRoot: String

  func examine() async -> [Finding] {
    [
      system(), onnxRuntime(), runtime(OpenVINORuntime.self, .openVINO), runtime(LiteRTRuntime.self, .liteRT),
      await libTorch(), images(), plotly(), pantry(), sandbox(),
    ]
  }

  private func system() -> Finding {
    let process = ProcessInfo.processInfo
    let memory = process.physicalMemory >> 30
    return Finding(
      subject: "Galley", health: .good, version: galleyVersion.description,
      path: NativeLibraryLocator.runningExecutable,
      detail: "\(process.operatingSystemVersionString), \(process.activeProcessorCount) processors, \(memory) GiB")
  }

  private func onnxRuntime() -> Finding {
    var finding = runtime(ONNXRuntime.self, .onnxRuntime)
    if finding.health == .good {
      finding.detail = (try? ONNXRuntime.providers()).map { "providers: " + $0.joined(separator: ", ") }
    }
    return finding
  }

  private func runtime<Examined: Runtime>(_ type: Examined.Type, _ library: NativeLibrary) -> Finding {
    let formats = type.formats.map(\.rawValue).sorted().joined(separator: ", ")
    var finding = located(library, purpose: "runs and measures models (\(formats))")
    guard finding.health == .good else { return finding }
    switch type.availability() {
    case .available(let version, let path):
      finding.version = version
      finding.path = path
    case .unavailable(let reason, _):
      finding.health = .missing
      finding.detail = reason
      finding.remedy = Self.setup(library)
    }
    return finding
  }

  /// LibTorch is asked in a process of its own, because it takes 450 MB.
  private func libTorch() async -> Finding {
    var finding = located(.galleyTorch, purpose: "trains and exports models")
    guard finding.health == .good else { return finding }
    do {
      finding.version = try await LibTorchBackend().version()
    } catch {
      finding.health = .missing
      finding.detail = "\(error)"
      finding.remedy = Self.setup(.galleyTorch)
    }
    return finding
  }

  /// libvips, wherever it was found: in the pantry, or the system's.
  private func images() -> Finding {
    var finding = located(.vips, purpose: "decodes and encodes images")
    guard finding.health == .good else { return finding }
    do throws(ImageError) {
      let library = try ImageLibrary.opened()
      finding.version = library.version
      finding.path = library.path
    } catch {
      finding.health = .missing
      finding.detail = error.description
      finding.remedy = "Run Native/system-packages.sh, or 'apt-get install libvips42'."
    }
    return finding
  }

  private func plotly() -> Finding {
    var finding = located(.plotly, purpose: "makes the charts of reports movable")
    if finding.health == .missing { finding.health = .advice }
    return finding
  }

  private func pantry() -> Finding {
    var finding = Finding(subject: "Pantry", health: .good, path: pantryRoot, purpose: "keeps what stages made")
    do {
      let pantry = try Pantry(root: pantryRoot)
      let attributes = try FileManager.default.attributesOfFileSystem(forPath: pantry.root)
      let free = (attributes[.systemFreeSize] as? NSNumber)?.int64Value ?? 0
      finding.detail = "\(free >> 20) MiB free, \(pantry.runs().count) runs"
      if free < 1 << 30 {
        finding.health = .advice
        finding.remedy = "Less than 1 GiB is free: make room, or choose another disk with GALLEY_HOME."
      }
    } catch {
      finding.health = .missing
      finding.detail = "\(error)"
      finding.remedy = "Set GALLEY_HOME to a folder that may be written."
    }
    return finding
  }

  /// Whether a library's file is there with the bytes that were installed.
  private func located(_ library: NativeLibrary, purpose: String) -> Finding {
    var finding = Finding(subject: library.displayName, health: .good, purpose: purpose)
    do throws(NativeLibraryError) {
      let found = try NativeLibraryLocator().locate(library)
      finding.path = found.path
      finding.version = found.version
      if let expected = found.digest, let digest = try? Digest(ofFileAt: found.path), digest.hex != expected {
        finding.health = .missing
        finding.detail = "the file is damaged: it has not the digest it was installed with"
        finding.remedy = Self.setup(library)
      }
    } catch {
      finding.health = .missing
      finding.detail = error.reason
      finding.remedy = Self.setup(library)
    }
    return finding
  }

  private static func setup(_ library: NativeLibrary) -> String {
    if library == .vips { return "Run Native/system-packages.sh, or 'apt-get install libvips42'." }
    return "Run 'make setup' in Galley's folder, or 'python3 Native/bootstrap.py --only \(library.name)'."
  }
}
