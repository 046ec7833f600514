// Part of Galley, licensed under the Apache License 2.0. See LICENSE.
