// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import Galley
import Platform

@main
struct PlatformFixture {
  static func main() {}
}
