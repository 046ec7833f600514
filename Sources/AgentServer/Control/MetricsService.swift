// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// `/metrics` in Prometheus' text format, version 0.0.4, and `/healthz`, over HTTP/1.1 without anything else.
enum MetricsService {
  static func serve(_ peer: LocalPeer, _ context: AgentContext, isReady: Bool) {
    let deadline = ContinuousClock.now + .seconds(2)
    let end = Array("\r\n\r\n".utf8)
    guard let head = peer.read(until: end, limit: 8192, deadline: deadline) else { return }
    let line = String(decoding: head.prefix { $0 != 13 && $0 != 10 }, as: UTF8.self)
    let words = line.split(separator: " ")
    guard words.count == 3, words[2].hasPrefix("HTTP/1.") else { return answer(peer, "400 Bad Request", "no HTTP\n") }
    guard words[0] == "GET" || words[0] == "HEAD" else {
      return answer(peer, "405 Method Not Allowed", "only GET and HEAD\n", extra: "Allow: GET, HEAD\r\n")
    }
    let isHead = words[0] == "HEAD"
    switch words[1].prefix(while: { $0 != "?" }) {
    case "/metrics":
      answer(peer, "200 OK", text(context), kind: "text/plain; version=0.0.4; charset=utf-8", isHead: isHead)
    case "/healthz":
      let (status, body) = isReady ? ("200 OK", "ok\n") : ("503 Service Unavailable", "ending\n")
      answer(peer, status, body, isHead: isHead)
    default: answer(peer, "404 Not Found", "there are /metrics and /healthz\n", isHead: isHead)
    }
  }

  private static func answer(
    _ peer: LocalPeer, _ status: String, _ body: String, kind: String = "text/plain; charset=utf-8",
    extra: String = "", isHead: Bool = false
  ) {
    let head =
      "HTTP/1.1 \(status)\r\nContent-Type: \(kind)\r\nContent-Length: \(body.utf8.count)\r\n\(extra)Connection: close\r\n\r\n"
    peer.write(isHead ? head : head + body)
  }

  /// The metrics; all begin with `galley_agent_`.
  static func text(_ context: AgentContext) -> String {
    let (counts, agent) = (context.counters.counts, AgentStatistics(context))
    var text = MetricsText()
    text.add("info", .gauge, "The agent's version.", 1, labels: "version=\"\(galleyVersion)\"")
    text.add("uptime_seconds", .gauge, "Seconds since the agent began.", context.counters.seconds)
    text.add("resident_bytes", .gauge, "Resident memory of the agent without its workers.", Double(agent.residentBytes))
    text.add("processor_seconds_total", .counter, "Processor time of the agent.", agent.processorSeconds)
    text.add("sessions", .gauge, "Sessions that are open.", Double(counts.sessions))
    text.add("sessions_total", .counter, "Sessions since the agent began.", Double(counts.sessionsBegun))
    text.add(
      "connections_refused_total", .counter, "Connections refused because there were too many.", Double(counts.refused))
    text.add("turn_taken", .gauge, "Whether a host has the machine.", context.turn.isTaken ? 1 : 0)
    text.add("turn_waiting", .gauge, "Hosts that wait for the machine.", Double(agent.waiting))
    text.add("workers", .gauge, "Measuring processes that are alive.", Double(counts.workers))
    text.add("workers_total", .counter, "Measuring processes since the agent began.", Double(counts.workersBegun))
    text.add("requests_total", .counter, "Requests of hosts.", Double(counts.requests))
    text.add(
      "requests_failed_total", .counter, "Requests that failed before a worker had them.", Double(counts.failures))
    text.add("runs_total", .counter, "Single inferences.", Double(counts.runs))
    text.add("uploads_total", .counter, "Blobs that hosts began to send.", Double(counts.uploads))
    text.add("received_bytes_total", .counter, "Bytes of blobs received.", Double(counts.receivedBytes))
    text.add("sent_bytes_total", .counter, "Bytes of blobs sent.", Double(counts.sentBytes))
    text.add("blobs", .gauge, "Blobs on the disk.", Double(agent.blobs.count))
    text.add("blob_bytes", .gauge, "Bytes of blobs on the disk.", Double(agent.blobs.byteCount))
    text.add("blob_quota_bytes", .gauge, "Most bytes of blobs.", Double(agent.blobs.quotaBytes))
    for (level, count) in context.log.counts.sorted(by: { $0.key < $1.key }) {
      text.add("log_lines_total", .counter, "Lines of the log.", Double(count), labels: "level=\"\(level.rawValue)\"")
    }
    return text.text
  }
}

/// Metrics as Prometheus reads them; the lines of one metric stand together.
struct MetricsText {
  enum Kind: String { case gauge, counter }

  private(set) var text = ""
  private var last = ""

  mutating func add(_ name: String, _ kind: Kind, _ help: String, _ value: Double, labels: String = "") {
    let name = "galley_agent_\(name)"
    if name != last { text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n" }
    last = name
    let number = Int(exactly: value).map(String.init) ?? "\(value)"
    text += labels.isEmpty ? "\(name) \(number)\n" : "\(name){\(labels)} \(number)\n"
  }
}
