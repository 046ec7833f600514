// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

package import Galley

extension LiteRTRuntime {
  /// Checks a .tflite file's bytes as is done before LiteRT sees them: it follows some of a file's numbers unchecked.
  /// - Throws: `GalleyError` with the first thing that is wrong or that LiteRT's interface doesn't take.
  package static func check(_ bytes: UnsafeRawBufferPointer, at path: String) throws(GalleyError) {
    _ = try outline(of: bytes, at: path)
  }

  static func outline(of bytes: UnsafeRawBufferPointer, at path: String) throws(GalleyError) -> TFLiteOutline {
    do throws(FlatbufferFault) {
      return try TFLiteReader.outline(of: bytes)
    } catch {
      throw GalleyError(
        error.isUnsupported ? .unavailable : .badData, "can't use the model", at: path, why: error.reason)
    }
  }
}
