// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ArgumentParser

/// Everything about places without a network: what is needed there, and whether it is here.
struct OfflineCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "offline",
    abstract: "What recipes need where there is no network, and whether it is here.",
    discussion: """
      Examples:
        galley offline closure recipe.yaml                                everything that the recipe can ever need
        galley offline closure recipe.yaml --each model.architecture      the same with every network
        galley offline can 'model.architecture=resnet-18' --recipe recipe.yaml
        galley offline options recipe.yaml runtime                        each choice: works offline, or needs N MB
        galley offline setup                                              programs and libraries, once
        galley offline prepare recipe.yaml                                fetched, and proven with the network cut
        galley offline export -o site.galley --key site.key --all         one signed file of all claims
        galley offline import site.galley                                 all of it or nothing
      """,
    subcommands: [
      OfflineClosureCommand.self,
      OfflineCanCommand.self,
      OfflineOptionsCommand.self,
      OfflineSetupCommand.self,
      OfflinePrepareCommand.self,
      OfflineProveCommand.self,
      OfflineClaimsCommand.self,
      OfflineHostCommand.self,
      OfflineExportCommand.self,
      OfflineImportCommand.self,
      OfflineVerifyCommand.self,
      OfflineListCommand.self,
      OfflineDiffCommand.self,
      OfflineKeyCommand.self,
      OfflineTrustCommand.self,
    ])
}
