// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import Foundation
import Galley
import Images
import RemoteTargets
import Statistics
import TargetProtocol
import Targets
import Tensors
import Testing
import TransportSupport

private let isVipsHere = (try? ImageLibrary.opened()) != nil

extension RemoteTargetTests {
  /// The same items as frames and as the files that these came from.
  private func write(_ place: TransportPlace) throws -> (frames: String, images: String) {
    let (frames, images) = ("\(place.folder)/frames.safetensors", "\(place.folder)/images")
    let decoding = Preprocessing(
      scale: 1 / 255, fit: ImageFit(size: PixelSize(width: 4, height: 1)), colors: .gray)
    let fit = try #require(decoding.fit)
    let files = try (0..<40).map { number in
      let pixels = (0..<24 * 3).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ number &* 91) }
      let image = try Image(width: 8, height: 3, format: .rgb, bytes: pixels)
      return try image.encoded(as: number % 2 == 0 ? .png() : .jpeg(quality: 90))
    }
    let pixels = try files.flatMap { file in
      try Image(decoding: file, fit: fit, options: DecodingOptions(format: .gray)).bytes
    }
    let items = try LabeledItems(
      ids: (0..<40).map { "item \($0)" }, inputs: Tensor(pixels, shape: [40, 1, 4, 1]),
      classes: (0..<40).map { $0 % 3 }, labels: ["a", "b", "c"])
    try PreparedData(subsets: [.test: items], preprocessing: Preprocessing(scale: 1 / 255)).write(to: frames)
    try ImageFiles.write(items, preprocessing: decoding, to: images) { files[$0] }
    return (frames, images)
  }

  private func decodingPlan(_ images: String) throws -> MeasurementPlan {
    var plan = plan(images, processes: 1)
    plan.input = .images(path: images, subset: .test)
    return plan
  }

  @Test(.enabled(if: isVipsHere, "libvips is not installed"))
  func imagesDecodedThereGiveWhatFramesGive() async throws {
    let agent = try await AgentProgram()
    let files = try write(agent.place)
    let target = try await look(at: try agent.target(secure: true), as: agent.place.host)
    #expect(target.capabilities.features == [TargetFeature.images] && target.decodesImages)
    let local = LocalTarget(
      executable: AgentProgram.executable, arguments: [], lockPath: agent.place.folder + "/lock", takesRuntime: true)
    let frames = try await local.measure([subject("one")], plan: plan(files.frames, processes: 1))[0].outcome.get()
    #expect(frames.measurement.phases.decoding == nil)
    for target in [local, target] as [any MeasuringTarget] {
      let decoded = try await target.measure([subject("one")], plan: decodingPlan(files.images))[0].outcome.get()
      #expect(decoded.predictions == frames.predictions && decoded.measurement.quality == frames.measurement.quality)
      #expect(decoded.measurement.conditions.subset == .test)
      #expect(try decoded.measurement.conditions.dataDigest == Digest(ofFileAt: files.images))
      let phases = decoded.measurement.phases
      #expect(phases.decoding?.count == 40 && phases.endToEnd?.count == 40)
      let (decoding, preprocessing) = (try #require(phases.decoding), try #require(phases.preprocessing))
      #expect(decoding.minimum > 0 && decoding.mean < preprocessing.mean)
    }
  }

  @Test(.enabled(if: isVipsHere, "libvips is not installed"))
  func aTargetWithoutLibvipsIsSentNoImages() async throws {
    let place = try TransportPlace()
    // Libvips is something else there; the runtime is where it was.
    let native = "\(place.folder)/native"
    try FileManager.default.createDirectory(atPath: "\(native)/vips-8/lib", withIntermediateDirectories: true)
    try Data("no library".utf8).write(to: URL(filePath: "\(native)/vips-8/lib/libvips.so.42"))
    let agent = try await AgentProgram(in: place, environment: ["GALLEY_NATIVE=\(native)"])
    let files = try write(place)
    let target = try await look(at: try agent.target(secure: false), as: place.host)
    #expect(target.capabilities.runtimes["onnxruntime"] != nil && !target.decodesImages)
    await #expect {
      _ = try await target.measure([subject("one")], plan: decodingPlan(files.images))
    } throws: {
      let error = $0 as? GalleyError
      return error?.exitCode == .unavailable && error?.what.contains("'board' can't decode images") == true
        && error?.remedy?.contains("libvips42") == true
    }
    let blobs = FileManager.default.enumerator(atPath: "\(agent.state)/store")?.allObjects as? [String]
    let digest = try Digest(ofFileAt: files.images).hex
    #expect(blobs?.contains { $0.contains(digest) } == false)
    // Frames are measured there as before.
    _ = try await target.measure([subject("one")], plan: plan(files.frames, processes: 1))[0].outcome.get()
    // Who sends them nevertheless hears why they can't be decoded.
    let client = try await AgentClient.connect(to: try agent.target(secure: false), as: place.host)
    let _: NoParameters = try await client.call(SessionMethod.acquireTurn, within: 60, NoParameters())
    let blob = Blob(
      digest: try Digest(ofFileAt: files.images),
      byteCount: UInt64(try Data(contentsOf: URL(filePath: files.images)).count))
    _ = try await client.upload(files.images, blob)
    let started: StartWorkerResult = try await client.call(
      SessionMethod.startWorker, within: 60, StartWorkerParameters(runtime: "onnxruntime"))
    await #expect {
      let _: OpenDataResult = try await client.call(
        TargetMethod.openImages, worker: started.worker, within: 60,
        OpenImagesParameters(path: "\(BlobPath(blob.digest))"))
    } throws: {
      ($0 as? GalleyError)?.exitCode == .unavailable && ($0 as? GalleyError)?.why.contains("libvips") == true
    }
    await client.leave()
  }
}
