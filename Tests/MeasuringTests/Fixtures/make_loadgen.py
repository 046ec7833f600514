# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Makes loadgen.json beside it: what MLPerf's LoadGen measures and computes (needs mlcommons-loadgen)."""

import json
import pathlib
import random
import re
import tempfile
import time

import mlperf_loadgen as lg


def summary(text):
    """The figures of LoadGen's summary that have a name, a colon and a number."""
    figures = re.findall(r"^[ *]*(.+?)\s*:\s*([0-9.]+)\s*$", text, re.MULTILINE)
    return {key: float(value) for key, value in figures if "latency" in key or "estimate" in key or "QPS" in key}


def run(scenario, queries):
    generator = random.Random(queries)

    def issue(samples):
        for sample in samples:
            end = time.perf_counter() + generator.lognormvariate(-9, 0.4)
            while time.perf_counter() < end:
                pass
            lg.QuerySamplesComplete([lg.QuerySampleResponse(sample.id, 0, 0)])

    settings = lg.TestSettings()
    settings.scenario = scenario
    settings.mode = lg.TestMode.PerformanceOnly
    settings.min_duration_ms = 0
    settings.min_query_count = settings.max_query_count = queries
    settings.single_stream_target_latency_percentile = 0.9
    settings.offline_expected_qps = 1
    folder = tempfile.mkdtemp()
    output = lg.LogOutputSettings()
    output.outdir = folder
    log = lg.LogSettings()
    log.log_output = output
    log.enable_trace = True
    sut = lg.ConstructSUT(issue, lambda: None)
    qsl = lg.ConstructQSL(64, 64, lambda _: None, lambda _: None)
    lg.StartTestWithLogSettings(sut, qsl, settings, log)
    lg.DestroyQSL(qsl)
    lg.DestroySUT(sut)
    text = (pathlib.Path(folder) / "mlperf_log_summary.txt").read_text()
    trace = (pathlib.Path(folder) / "mlperf_log_trace.json").read_text()
    return text, trace


if __name__ == "__main__":
    cases = []
    for queries in (63, 64, 150, 1000, 3000):
        text, trace = run(lg.TestScenario.SingleStream, queries)
        latencies = [int(value) for value in re.findall(r'"complete_ns":([0-9]+)', trace)]
        cases.append({"queries": queries, "latencies": latencies, "summary": summary(text)})
    pathlib.Path(__file__).with_name("loadgen.json").write_text(json.dumps({"singleStream": cases}) + "\n")
