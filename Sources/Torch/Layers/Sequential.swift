// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Modules that run one after the other, PyTorch's `nn.Sequential`.
///
/// The modules' paths are their positions below the sequence's own: `features.0`, `features.1`, unless they are named.
public struct Sequential: Module {
  /// The modules in order.
  public private(set) var modules: [any Module] = []
  private let scope: Scope

  /// Makes an empty sequence.
  public init(in scope: Scope) { self.scope = scope }

  /// Appends the module that `make` gives for the next position's scope, or for the scope of a name.
  public mutating func append<Appended: Module>(
    named name: String? = nil, _ make: (Scope) throws -> Appended
  ) rethrows {
    modules.append(try make(scope[name ?? "\(modules.count)"]))
  }

  /// The output of the last module, or the input if there is none.
  public func forward(_ input: Activation, _ mode: ForwardMode) throws -> Activation {
    var activation = input
    for module in modules { activation = try module.forward(activation, mode) }
    return activation
  }
}
