// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// A file's variants as recipes of their own.
extension RecipeDraft {
  /// One of a file's recipes.
  public struct Member: Sendable {
    /// The variant's name; the recipe's, if there are no variants.
    public var name: String
    /// The recipe with the variant's values; it may be incomplete, and wrong.
    public var draft: RecipeDraft
  }

  /// The recipes of the file, in its order: one for each variant, or the recipe itself.
  /// - Throws: `RecipeError` if the list of variants can't be read; what is wrong with a variant's recipe is not told
  ///   here.
  public func members() throws(RecipeError) -> [Member] {
    var builder = RecipeFileBuilder(root: document, folder: folder, catalogue: catalogue)
    let overrides = builder.readVariants(resolution)
    guard builder.problems.isEmpty else { throw RecipeError(problems: builder.problems) }
    return overrides.map { override in
      guard !override.changes.isEmpty || document["variants"] != nil else {
        return Member(name: override.name, draft: self)
      }
      let edits =
        override.changes.map { Edit(path: $0.path, writtenPath: $0.path, value: $0.value.value) }
        + [Edit(path: ["variants"], writtenPath: ["variants"], value: nil)]
      var draft = self
      draft.keep(edits, Resolution(builder.tree(of: override).removing(["variants"]), catalogue: catalogue))
      return Member(name: override.name, draft: draft)
    }
  }
}
