// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Testing

/// Tests that wait for a worker on the thread they run on, one at a time: two of them would hold both threads that tasks
/// have on a machine with two processors, and everything else that is tested meanwhile would stand still.
@Suite(.serialized) enum BlockingTests {}
