// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Backends
internal import Galley
internal import Recipes
internal import Targets

/// The stages of a run and how they depend on one another; a stage that several variants need is there once.
struct StageGraph: Sendable {
  /// The stages of one variant.
  struct VariantStages: Sendable {
    var variant: RecipeFile.Variant
    var prepare: Int
    /// Trains and exports; `nil` if the model comes from a file.
    var training: (train: Int, export: Int)?
    /// Takes a model file over; `nil` if the model is trained.
    var modelFile: Int?
    var optimize: Int
    /// Measures, and the variant's place among those that are measured together.
    var measure: (stage: Int, position: Int)
  }

  /// The stages, each after those that it depends on.
  private(set) var nodes: [StageNode] = []
  /// The variants, in the recipe's order.
  private(set) var variants: [VariantStages] = []

  /// Lays out the stages of a recipe's variants.
  /// - Throws: `GalleyError` if a file that a recipe names or a library is missing, or if the variants use different
  ///   data.
  init(_ file: RecipeFile, _ workshop: Workshop) throws {
    var texts = SlotTexts()
    var places: [(variant: RecipeFile.Variant, prepare: Int, origin: ModelOrigin, optimize: Int)] = []
    for variant in file.variants {
      let recipe = variant.recipe
      let prepare = add(try workshop.prepare(recipe, &texts), for: variant)
      let origin = try addModel(variant, prepare, workshop, &texts)
      let optimize = add(try workshop.optimize(recipe, variant.name, origin, prepare, &texts), for: variant)
      places.append((variant, prepare, origin, optimize))
    }
    guard Set(places.map(\.prepare)).count <= 1 else {
      throw GalleyError(
        .configuration, "can't compare the variants", at: file.path, why: "they use different data or splits",
        remedy: "Put variants with different data into recipes of their own.")
    }
    let entries = places.map {
      MeasureStage.Entry(variant: $0.variant, origin: $0.origin, optimize: $0.optimize)
    }
    var measures: [Int: (stage: Int, position: Int)] = [:]
    for group in try workshop.measuringGroups(entries, &texts) {
      let members = group.map { entries[$0] }
      guard let first = places.first else { continue }
      let stage = add(try workshop.measure(members, first.prepare, &texts), for: members.map(\.variant))
      for (position, member) in group.enumerated() { measures[member] = (stage, position) }
    }
    for (index, place) in places.enumerated() {
      guard let measure = measures[index] else { continue }
      variants.append(
        VariantStages(
          variant: place.variant, prepare: place.prepare, training: place.origin.training,
          modelFile: place.origin.modelFile, optimize: place.optimize, measure: measure))
    }
    makeLabelsUnique()
  }

  private mutating func addModel(
    _ variant: RecipeFile.Variant, _ prepare: Int, _ workshop: Workshop, _ texts: inout SlotTexts
  ) throws -> ModelOrigin {
    let architecture = try variant.recipe.slot("model.architecture")
    if architecture.card.fits(ModelFileONNX.card.taxonomy) {
      return .file(add(try workshop.takeOver(variant.recipe, prepare, &texts), for: variant))
    }
    let train = add(try workshop.train(variant.recipe, prepare, &texts), for: variant)
    return .training(
      train: train, export: add(try workshop.export(variant.recipe, train, prepare, &texts), for: variant))
  }

  private mutating func add(_ node: StageNode, for variants: RecipeFile.Variant...) -> Int {
    add(node, for: variants)
  }

  private mutating func add(_ node: StageNode, for variants: [RecipeFile.Variant]) -> Int {
    let names = variants.map(\.name)
    if let same = nodes.firstIndex(where: { $0.signature == node.signature }) {
      nodes[same].variants += names.filter { !nodes[same].variants.contains($0) }
      return same
    }
    var node = node
    node.id = nodes.count
    node.variants = names
    nodes.append(node)
    return node.id
  }

  /// Progress is told by label, so two stages at once need two labels.
  private mutating func makeLabelsUnique() {
    var taken: Set<String> = []
    for index in nodes.indices {
      if taken.contains(nodes[index].label), let variant = nodes[index].variants.first {
        nodes[index].label += " for \(variant)"
      }
      while !taken.insert(nodes[index].label).inserted { nodes[index].label += " (\(index + 1))" }
    }
  }
}

/// Where a variant's model comes from.
enum ModelOrigin: Sendable {
  case training(train: Int, export: Int)
  case file(Int)

  /// The stage whose artifact `model` is the model.
  var stage: Int {
    switch self {
    case .training(_, let export): export
    case .file(let stage): stage
    }
  }

  var training: (train: Int, export: Int)? {
    if case .training(let train, let export) = self { (train, export) } else { nil }
  }

  var modelFile: Int? {
    if case .file(let stage) = self { stage } else { nil }
  }
}

/// Everything that stages work with.
struct Workshop: Sendable {
  let catalogue: Catalogue
  let backend: LibTorchBackend
  let target: LocalTarget
}

/// Canonical texts of choices, each made once: a file that a choice names is read for it.
struct SlotTexts {
  private struct Key: Hashable {
    var slot: FilledSlot
    var folder: String
  }

  private var texts: [Key: String] = [:]

  /// The canonical text of the choice at a path of a recipe.
  mutating func text(_ path: String, of recipe: Recipe) throws -> String {
    let key = Key(slot: try recipe.slot(path), folder: recipe.folder)
    if let text = texts[key] { return text }
    let text = try key.slot.canonicalText(relativeTo: recipe.folder)
    texts[key] = text
    return text
  }
}

extension Recipe {
  /// The choices at paths, and those in their slots.
  func choices(_ paths: String...) throws(GalleyError) -> [FilledSlot] {
    var found: [FilledSlot] = []
    for path in paths { found += try slot(path).withInner }
    return found
  }
}

extension FilledSlot {
  /// The choice and those in its slots.
  var withInner: [FilledSlot] { [self] + slots.sorted { $0.key < $1.key }.flatMap(\.value.withInner) }
}
