// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import FoundationEssentials
public import Galley

extension Fetcher {
  /// The bytes of a small document whose digest nobody knows beforehand, such as an index of artifacts; what it names is
  /// fetched by digest.
  /// - Parameters:
  ///   - origin: `https:`, `http:` or `file:` address, or a path.
  ///   - maximum: Most bytes that are taken.
  /// - Throws: `GalleyError`: `unavailable` if the server doesn't give it, `missingInput` if the file can't be read,
  ///   `interrupted` if the task was cancelled.
  public func document(at origin: String, atMost maximum: Int = 1 << 24) async throws(GalleyError) -> Data {
    let place: Origin
    do throws(WebAddress.Fault) {
      place = try Origin(origin)
    } catch {
      throw GalleyError(.usage, "can't fetch the document", at: Origin.shown(origin), why: error.words)
    }
    switch place {
    case .file(let path): return try Self.file(path, maximum)
    case .web(let address): return try await ask(address, maximum)
    }
  }

  private static func file(_ path: String, _ maximum: Int) throws(GalleyError) -> Data {
    guard let data = try? Data(contentsOf: URL(filePath: path)) else {
      throw GalleyError(.missingInput, "can't read the document", at: path, why: "it doesn't exist or can't be read")
    }
    guard data.count <= maximum else {
      throw GalleyError(.badData, "can't read the document", at: path, why: "it has more than \(maximum) bytes")
    }
    return data
  }

  private func ask(_ address: WebAddress, _ maximum: Int) async throws(GalleyError) -> Data {
    let policy = policy
    var course = FetchCourse()
    while true {
      let answer: Result<Data, FetchFault> = await OwnThread.run { cancellation in
        let receiver = DocumentReceiver(maximum)
        let request = WebRequest(method: .get, address: address, headers: [], unpacks: true)
        return WebExchange(policy: policy).perform(request, cancellation, receiver).map { _ in receiver.data }
      }
      let fault: FetchFault
      switch answer {
      case .success(let data): return data
      case .failure(.local(let error)): throw error
      case .failure(let other): fault = other
      }
      course.note(fault)
      guard fault != .cancelled else { throw Self.stopped(address) }
      guard let pause = course.pause(after: fault, policy) else {
        throw GalleyError(
          .unavailable, "can't fetch the document", at: address.shown, why: fault.words,
          remedy: "Check the address and the network, and try again.")
      }
      guard (try? await Task.sleep(for: pause)) != nil else { throw Self.stopped(address) }
    }
  }

  private static func stopped(_ address: WebAddress) -> GalleyError {
    GalleyError(.interrupted, "stopped", at: address.shown, why: "interrupted")
  }
}

/// Keeps a body in memory, up to a bound.
private final class DocumentReceiver: AnswerReceiver {
  private(set) var data = Data()
  private let maximum: Int

  init(_ maximum: Int) { self.maximum = maximum }

  func begin(_ head: ResponseHead) -> FetchFault? {
    data.removeAll()
    return nil
  }

  func receive(_ bytes: UnsafeRawBufferPointer) -> FetchFault? {
    guard data.count + bytes.count <= maximum else { return .refused("it has more than \(maximum) bytes") }
    data.append(contentsOf: bytes)
    return nil
  }
}
