// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import FoundationEssentials
import Galley
import SPPR
import Testing

@Suite struct RecipeTests {
  @Test(arguments: ["detection-recipe.sppr", "coco-recipe.sppr"])
  func writesBackByteForByte(file: String) throws {
    #expect(try Fixtures.recipe(file).serialized() == Fixtures.data(file))
  }

  @Test(arguments: [("detection-recipe.sppr", 23, 25), ("coco-recipe.sppr", 22, 24)])
  func everyIdentityAndReferenceVerifies(file: String, configurations: Int, ingredients: Int) throws {
    let recipe = try Fixtures.recipe(file)
    #expect(recipe.configurations.count == configurations)
    #expect(recipe.ingredients.count == ingredients)
    #expect(recipe.identities == (configurations + ingredients, configurations + ingredients))
    #expect(recipe.check() == [])
  }

  @Test func namesAConfigurationByTheHashOfItsCanonicalJSON() {
    let settings = PortableValue.map(["text_weight": 1, "labels_size": 0.5, "box_thickness": 1])
    #expect(settings.canonicalJSON == #"{"box_thickness":1,"labels_size":0.5,"text_weight":1}"#)
    #expect(settings.identity?.hex == "28c19db266ea414f832037e068f0357cab1d75fa1d42dc3a8a15c7089e612025")
  }

  @Test func namesAnIngredientByTheHashOfItsCanonicalJSON() {
    let ingredient = PortableValue.map([
      "is_a": "vizdata_labels",
      "meta": .map(["choice_priority": 500.0, "ingredient_name": "Many/Small", "version": "1.0.0"]),
      "refers_to": .map([
        "_config_hash": "28c19db266ea414f832037e068f0357cab1d75fa1d42dc3a8a15c7089e612025",
        "file": "vizdata/label_settings/many_small.yaml",
      ]),
    ])
    #expect(ingredient.identity?.hex.hasPrefix("9c6c54c69ff3c595") == true)
  }

  @Test func modelsAnIngredient() throws {
    let recipe = try Fixtures.recipe()
    let model = try #require(recipe.ingredients.values.first { $0.category == "model.detection.2d" })
    #expect((model.name, model.version, model.priority) == ("EfficientDet", "2.0.0", 1))
    #expect(model.shortID == "6e5957")
    #expect(model.file == "model/rwightman-efficientdet-pytorch-gpp.yaml")
    #expect(model.constraints.map(\.isOptional) == [false, true])
    #expect(
      model.constraints[0].rule == .value("tax:data.normalization == 'imagenet' or slot:module.pretrained==False"))
    let architecture = try #require(model.slot("module.model_architecture"))
    #expect(architecture.kind == .choice)
    #expect(architecture.choices.count == 47)
    #expect(architecture.synonyms == ["model.variation", "model.architecture", "model.backbone"])
    #expect(architecture.defaults?.value == "efficientdet_d0")
    let optimizer = try #require(model.slot("module.optimizer"))
    #expect((optimizer.kind, optimizer.needsOverride) == (.ingredient, true))
    #expect(optimizer.accepts(category: "optimization.optimizer.generic"))
    #expect(!optimizer.accepts(category: "optimization.optimizer.generics"))
  }

  @Test func modelsConstraintsAndBounds() throws {
    let recipe = try Fixtures.recipe()
    let task = try #require(recipe.ingredients.values.first { $0.category == "task.vision.detection.2d" })
    #expect(task.constraints.count == 7)
    #expect(task.constraints[2].rule == .taxonomy(category: "model", permissible: ["detection.2d"]))
    #expect(task.slotOrder == ["width", "height", "batch_size_train", "batch_size_val"])
    let height = try #require(task.slot("height"))
    #expect((height.type, height.minimum, height.maximum) == ("int", 1, nil))
    #expect(height.defaults?.value.isMissing == true)
    #expect(height.defaults?.suggestion == 640)
    let rate = try #require(recipe.values(named: "optimization.learning_rate").first?.slot)
    #expect((rate.minimum, rate.maximum) == (1e-9, 100))
  }

  @Test(arguments: [
    ("target.height", "512", PortableSetting.Origin.actual, "task"),
    ("model.backbone", "\"efficientdet_d0\"", .default, "model"),
    ("train.num_epochs", "1000", .default, "trainer"),
    ("train.max_time", "null", .default, "trainer"),
    ("model.input.height", "\"${task.height}\"", .interpolation, "model"),
    ("optimization.learning_rate", "0.042", .default, "model/module.optimizer"),
    ("post_processor.max_det_per_image", "100", .actual, "callbacks[name:general_post_processor]"),
    ("data_subset", "[\"train\",\"val\"]", .default, "vizdata"),
    ("trainer.precision", "\"32\"", .default, "trainer"),
  ])
  func knowsTheEffectiveValue(name: String, json: String, origin: PortableSetting.Origin, place: String) throws {
    let settings = try Fixtures.recipe().values(named: name)
    let setting = try #require(settings.first)
    #expect(settings.count == 1)
    #expect(setting.value?.canonicalJSON == json)
    #expect(setting.origin == origin)
    #expect(setting.place.description == place)
  }

  @Test func countsValuesByOrigin() throws {
    let values = try Fixtures.recipe().values
    let counts = Dictionary(grouping: values, by: \.origin).mapValues(\.count)
    #expect(counts == [.actual: 22, .default: 40, .interpolation: 13, .missing: 1])
    #expect(values.first { $0.origin == .missing }?.synonyms == ["system.telemetry.uuid"])
    #expect(try Fixtures.recipe().values(named: "augmentation_list").count == 2)
  }

  @Test func viewsTheTree() throws {
    let tree = try #require(try Fixtures.recipe().tree)
    #expect(tree.name == "Full Recipe")
    #expect(tree.branches.map(\.slot.path).prefix(3) == ["callbacks", "data", "data_report"])
    let callbacks = try #require(tree.branches.first)
    #expect(callbacks.children.map(\.givenName) == ["name:general_post_processor", "name:telemetry"])
    let model = try #require(tree.branches.first { $0.slot.path == "model" }?.children.first)
    #expect(model.branches.map { $0.children.map(\.name) } == [["Optimizer"], ["Exponential Decay"]])
  }

  /// The lines are LEIP's own, of another recipe that shares ingredients and values with this one.
  @Test func printsTheTreeAsLEIPDoes() throws {
    let published = String(decoding: try Fixtures.data("leip-tree.txt"), as: UTF8.self).split(separator: "\n")
    let printed = "\(try #require(try Fixtures.recipe().tree))".split(separator: "\n")
    #expect(published.count == 47)
    var rest = printed[...]
    for line in published {
      let index = try #require(rest.firstIndex(of: line), "\(line)")
      rest = rest[(index + 1)...]
    }
    #expect(printed.first == "Full Recipe (id:f3725c, version:1.0.0)")
    #expect(printed.contains { $0.contains("system.telemetry.uuid  =  ???") })
  }
}
