// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// The version of this Galley, by semver.org.
public let galleyVersion = SemanticVersion(0, 1, 0)
