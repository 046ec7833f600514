// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import HTTPTypes
internal import Platform

/// Projects.
enum ProjectRoutes {
  private static let group = "projects"
  private static let place = "/v1/projects/{project}"

  static let all: [Route] = [
    .reading(
      "/v1/projects", "listProjects", group, "List the projects, by name.",
      query: [ListParameters.page, ListParameters.pageSize], SchemaLibrary.page(of: "Project")
    ) { call in
      Page(of: try call.store.projects(), page: call.whole("page") ?? 0, pageSize: call.whole("pageSize") ?? 50)
    },
    .creating(
      "/v1/projects", "createProject", group, "Create a project.", .json(EntitySchemas.newProject),
      .reference("Project"), naming: "project", failures: [(.conflict, "The name is taken.")]
    ) { call in
      let project = try call.store.createProject(
        call.text(in: "name") ?? "", metadata: call.object(in: "metadata") ?? .empty)
      return (project, "/v1/projects/\(project.id)")
    },
    .reading(place, "showProject", group, "Show a project, by its name or id.", .reference("Project")) {
      try $0.store.project($0.path("project"))
    },
    .removing(place, "deleteProject", group, "Remove a project with its data sets and models.") {
      try $0.store.deleteProject($0.path("project"))
    },
  ]
}
