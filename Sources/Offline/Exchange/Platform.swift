// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import NativeLibraries

/// The platforms for which programs and libraries are built.
public enum Platform {
  /// This machine's: the system's name and the processor's, `linux-x86_64`.
  public static let current = MachineName.platform
}
