// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import AgentServer

/// What `--help` prints.
enum AgentHelp {
  static let general = """
    Measures models on this device for hosts that it trusts.

      galley-agent serve [--KEY VALUE …]   the service; 'galley-agent serve --help' lists the keys
      galley-agent pair [--KEY VALUE …]    lets a host pair: shows six digits and asks
      galley-agent trust DIGEST            pins the certificate of a host, without digits; prints the agent's own
      galley-agent health [--KEY VALUE …]  says whether the service runs: exit code 0 if it does, 69 if not
      galley-agent --version
        These find the service by --control PATH or --state-folder PATH, else by its --configuration FILE.

      galley-agent [RUNTIME]               a measuring process on the standard streams, started by galley and by serve

    Images are decoded here for 'galley bench --decode-on-target' if libvips is found; 'galley target check' then has the
    feature 'images'.

    """

  static var serve: String {
    var text = """
      Takes hosts and measures for them.

        galley-agent serve [--configuration FILE] [--check-configuration] [--KEY VALUE …]

      Each key can stand in the file as 'key = value', in the environment as GALLEY_AGENT_KEY, and on the command line,
      which counts most; the file counts least. In parentheses: what holds without it.


      """
    for (key, help) in AgentSettings.keys {
      text += "  --\(key)\n      \(help)\n"
    }
    return text
  }
}
