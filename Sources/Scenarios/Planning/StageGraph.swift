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
    /// Where its model comes from; `nil` if the goal is reached without one.
    var origin: ModelOrigin?
    /// Makes the model smaller or faster; `nil` if the goal doesn't need that.
    var optimize: Int?
    /// Measures, and the variant's place among those that are measured together; `nil` if the goal doesn't need that.
    var measure: (stage: Int, position: Int)?
  }

  /// The stages, each after those that it depends on.
  private(set) var nodes: [StageNode] = []
  /// The variants, in the recipe's order.
  private(set) var variants: [VariantStages] = []

  private let isRehearsal: Bool

  /// Lays out the stages of a recipe's variants that a goal needs.
  /// - Throws: `GalleyError` if a file that a recipe names or a library is missing, or if the variants use different
  ///   data.
  init(_ file: RecipeFile, _ workshop: Workshop, until goal: StageGoal) throws {
    isRehearsal = workshop.isRehearsal
    var texts = SlotTexts()
    for variant in file.variants { try add(variant, workshop, until: goal, &texts) }
    guard Set(variants.map(\.prepare)).count <= 1 else {
      throw GalleyError(
        .configuration, "can't compare the variants", at: file.path, why: "they use different data or splits",
        remedy: "Put variants with different data into recipes of their own.")
    }
    if goal >= .measure { try addMeasurements(workshop, &texts) }
    makeLabelsUnique()
  }

  /// Lays out a variant's own stages.
  private mutating func add(
    _ variant: RecipeFile.Variant, _ workshop: Workshop, until goal: StageGoal, _ texts: inout SlotTexts
  ) throws {
    let recipe = variant.recipe
    let prepare = add(try workshop.prepare(recipe, &texts), for: variant)
    var stages = VariantStages(variant: variant, prepare: prepare)
    if goal >= .train { stages.origin = try addModel(variant, prepare, workshop, until: goal, &texts) }
    if goal >= .optimize, let origin = stages.origin, let model = origin.model {
      stages.optimize = add(
        try workshop.optimize(recipe, variant.name, origin, model, prepare, &texts), for: variant)
    }
    variants.append(stages)
  }

  private mutating func addModel(
    _ variant: RecipeFile.Variant, _ prepare: Int, _ workshop: Workshop, until goal: StageGoal,
    _ texts: inout SlotTexts
  ) throws -> ModelOrigin {
    let architecture = try variant.recipe.slot("model.architecture")
    if architecture.card.fits(ModelFileONNX.card.taxonomy) {
      return .file(add(try workshop.takeOver(variant.recipe, prepare, &texts), for: variant))
    }
    let train = add(try workshop.train(variant.recipe, prepare, &texts), for: variant)
    guard goal >= .export else { return .training(train: train, export: nil) }
    return .training(
      train: train, export: add(try workshop.export(variant.recipe, train, prepare, &texts), for: variant))
  }

  private mutating func addMeasurements(_ workshop: Workshop, _ texts: inout SlotTexts) throws {
    let entries = variants.compactMap { stages in
      stages.origin.flatMap { origin in
        stages.optimize.map { MeasureStage.Entry(variant: stages.variant, origin: origin, optimize: $0) }
      }
    }
    guard let first = variants.first, entries.count == variants.count else { return }
    for group in try workshop.measuringGroups(entries, &texts) {
      let members = group.map { entries[$0] }
      let stage = add(try workshop.measure(members, first.prepare, &texts), for: members.map(\.variant))
      for (position, member) in group.enumerated() { variants[member].measure = (stage, position) }
    }
  }

  private mutating func add(_ node: StageNode, for variants: RecipeFile.Variant...) -> Int {
    add(node, for: variants)
  }

  private mutating func add(_ node: StageNode, for variants: [RecipeFile.Variant]) -> Int {
    let names = variants.map(\.name)
    var node = node
    if isRehearsal { node.parts[StageNode.rehearsalPart] = .text("1") }
    if let same = nodes.firstIndex(where: { $0.signature == node.signature }) {
      nodes[same].variants += names.filter { !nodes[same].variants.contains($0) }
      return same
    }
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
  /// It is trained, and exported if the goal needs that.
  case training(train: Int, export: Int?)
  case file(Int)

  /// The stage whose artifact `model` is the model; `nil` if it isn't exported.
  var model: Int? {
    switch self {
    case .training(_, let export): export
    case .file(let stage): stage
    }
  }

  /// The stage whose artifact `checkpoint` is the trained network; `nil` if nothing is trained.
  var train: Int? {
    if case .training(let train, _) = self { train } else { nil }
  }

  /// The stage that proves the exported model; `nil` if there is none.
  var export: Int? {
    if case .training(_, let export) = self { export } else { nil }
  }

  var modelFile: Int? {
    if case .file(let stage) = self { stage } else { nil }
  }
}

/// Everything that stages work with.
struct Workshop: Sendable {
  let catalogue: Catalogue
  var backend: LibTorchBackend
  /// What calibrates: this machine.
  let target: LocalTarget
  /// What measures.
  var measuring: MeasuringTargets
  /// Whether stages are done as short as they can be, to see whether they can be done.
  var isRehearsal = false
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
