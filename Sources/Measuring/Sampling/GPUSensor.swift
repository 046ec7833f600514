// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CNVML
internal import Galley

/// What a GPU shows through NVIDIA's management library.
final class GPUSensor: Sensor {
  let headers: [SensorHeader]
  private let readings: [() -> Double?]
  private let library: NVMLLibrary

  fileprivate init(_ device: NVMLDevice, _ readings: [GPUReading]) {
    library = device.library
    headers = readings.map {
      SensorHeader(
        quantity: $0.quantity, subject: device.subject, source: "nvml", silence: "the library gave no value")
    }
    self.readings = readings.map(\.read)
  }

  func read(_ sample: inout SensorSample) {
    for reading in readings { sample.add(reading()) }
  }
}

/// One quantity of a GPU.
private struct GPUReading {
  var quantity: ResourceQuantity
  var read: () -> Double?
}

extension NVMLDevice {
  fileprivate var subject: String { "gpu\(index)" }

  /// A function's value, and its refusal if it refuses.
  fileprivate func reading<Function>(
    _ quantity: ResourceQuantity, _ name: String, _ type: Function.Type, _ found: inout FoundSensors,
    _ call: @escaping (Function) -> (result: GalleyNVMLResult, value: Double)
  ) -> GPUReading? {
    guard let function = library.function(name, as: type) else {
      found.lack(quantity, subject, "the library has no \(name)")
      return nil
    }
    let first = call(function).result
    guard first == 0 else {
      found.lack(quantity, subject, "\(name): \(library.words(first))")
      return nil
    }
    return GPUReading(quantity: quantity) {
      let (result, value) = call(function)
      return result == 0 ? value : nil
    }
  }
}

extension FoundSensors {
  /// GPUs, if the management library is there.
  mutating func findGPUs(_ path: String?) {
    guard let path else { return lack(.gpuUtilization, nil, "GPUs were not asked for") }
    do throws(UnreadableFile) {
      let devices = try NVMLLibrary(path).devices
      if devices.isEmpty { lack(.gpuUtilization, nil, "\(path) shows no GPU") }
      for device in devices { find(device) }
    } catch {
      lack(.gpuUtilization, nil, error.reason)
    }
  }

  private mutating func find(_ device: NVMLDevice) {
    let handle = device.handle
    let first = firstEnergy(device)
    let readings = [
      device.reading(
        .gpuUtilization, "nvmlDeviceGetUtilizationRates", GalleyNVMLDeviceUtilization.self, &self
      ) {
        var value = GalleyNVMLUtilization()
        return ($0(handle, &value), Double(value.gpu) / 100)
      },
      device.reading(.gpuMemory, "nvmlDeviceGetMemoryInfo", GalleyNVMLDeviceMemory.self, &self) {
        var value = GalleyNVMLMemory()
        return ($0(handle, &value), Double(value.used))
      },
      device.reading(.power, "nvmlDeviceGetPowerUsage", GalleyNVMLDevicePower.self, &self) {
        var value: UInt32 = 0
        return ($0(handle, &value), Double(value) * 1e-3)
      },
      device.reading(.energy, "nvmlDeviceGetTotalEnergyConsumption", GalleyNVMLDeviceEnergy.self, &self) {
        var value: UInt64 = 0
        return ($0(handle, &value), (Double(value) - first) * 1e-3)
      },
      device.reading(.temperature, "nvmlDeviceGetTemperature", GalleyNVMLDeviceValue.self, &self) {
        var value: UInt32 = 0
        return ($0(handle, CInt(GALLEY_NVML_TEMPERATURE_GPU), &value), Double(value))
      },
      device.reading(.gpuFrequency, "nvmlDeviceGetClockInfo", GalleyNVMLDeviceValue.self, &self) {
        var value: UInt32 = 0
        return ($0(handle, CInt(GALLEY_NVML_CLOCK_SM), &value), Double(value) * 1e6)
      },
    ]
    add(GPUSensor(device, readings.compactMap { $0 }))
  }

  /// Millijoules that the GPU has taken before sampling begins.
  private func firstEnergy(_ device: NVMLDevice) -> Double {
    var value: UInt64 = 0
    let call = device.library.function("nvmlDeviceGetTotalEnergyConsumption", as: GalleyNVMLDeviceEnergy.self)
    return call?(device.handle, &value) == 0 ? Double(value) : 0
  }
}
