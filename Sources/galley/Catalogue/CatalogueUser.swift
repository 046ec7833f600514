// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// A command that asks for the catalogue: the register of workers is brought up to date before it runs. The others start
/// at once, whatever is registered.
protocol CatalogueUser {}

extension RunCommand: CatalogueUser {}
extension PlanCommand: CatalogueUser {}
extension SweepCommand: CatalogueUser {}
extension FindCommand: CatalogueUser {}
extension CompareCommand: CatalogueUser {}
extension BenchCommand: CatalogueUser {}
extension InspectCommand: CatalogueUser {}

extension TrainCommand: CatalogueUser {}
extension ValidateCommand: CatalogueUser {}
extension TestCommand: CatalogueUser {}
extension PredictCommand: CatalogueUser {}
extension ExportCommand: CatalogueUser {}
extension ModelsListCommand: CatalogueUser {}
extension ModelsShowCommand: CatalogueUser {}

extension DataConvertCommand: CatalogueUser {}
extension GoldenReproduceCommand: CatalogueUser {}

extension RecipeNewCommand: CatalogueUser {}
extension RecipeShowCommand: CatalogueUser {}
extension RecipeOptionsCommand: CatalogueUser {}
extension RecipeSetCommand: CatalogueUser {}
extension RecipeFillCommand: CatalogueUser {}
extension RecipeCheckCommand: CatalogueUser {}
extension RecipeDiffCommand: CatalogueUser {}
extension RecipeLockCommand: CatalogueUser {}
extension RecipeSchemaCommand: CatalogueUser {}
extension RecipeImportCommand: CatalogueUser {}
extension RecipeExportCommand: CatalogueUser {}

extension OfflineCanCommand: CatalogueUser {}
extension OfflineOptionsCommand: CatalogueUser {}
extension OfflineClosureCommand: CatalogueUser {}
extension OfflinePrepareCommand: CatalogueUser {}
