// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// All operations.
enum PlatformRoutes {
  static let all: [Route] =
    ProjectRoutes.all + DatasetRoutes.all + ItemRoutes.all + ItemContentRoutes.all + AnnotationRoutes.all
    + PredictionRoutes.all + ExchangeRoutes.all + ModelRoutes.all + ModelStateRoutes.all + ArtifactRoutes.all
    + FigureRoutes.all + JobRoutes.all + StoreRoutes.all
}
