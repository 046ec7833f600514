// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Bench
internal import Galley
internal import Scenarios
internal import Synchronization
internal import Workers

/// The programs of the user's that are registered.
enum RegisteredWorkers {
  private static let known = Mutex<[RegisteredWorker]?>(nil)

  /// Those that ``load(_:)`` found. Where it wasn't called, in processes that others start above all, which have brought
  /// the register up to date, those that the register has.
  static var all: [RegisteredWorker] {
    known.withLock { known in
      if let known { return known }
      let found = admitted(WorkerRegister(home: .ofThisProgram).all().workers) { _ in }
      known = found
      return found
    }
  }

  /// What this program itself offers.
  static var taken: TakenNames {
    TakenNames(cards: Catalogue.builtIn.cards, backends: Catalogue.ownBackends.map(\.descriptor.id))
  }

  /// Reads the register, before a ``CatalogueUser`` asks for the catalogue. A program that has changed is described again; one
  /// that can't be is left out, which is said.
  static func load(_ console: Console) async {
    let register = WorkerRegister(home: .ofThisProgram)
    let (workers, faults) = register.all()
    for fault in faults { console.note("note: \(fault)") }
    var current: [RegisteredWorker] = []
    for worker in workers {
      do {
        current.append(try await register.current(worker))
      } catch {
        console.note("note: the worker '\(worker.name)' is left out: \(error)")
      }
    }
    let found = admitted(current) { console.note("note: \($0)") }
    known.withLock { $0 = found }
  }

  /// Those whose names nobody else has: what a changed program offers now may have a name that another has.
  private static func admitted(_ workers: [RegisteredWorker], _ tell: (String) -> Void) -> [RegisteredWorker] {
    guard !workers.isEmpty else { return [] }
    var taken = taken
    return workers.filter { worker in
      if let conflict = taken.conflict(with: worker) {
        tell("the worker '\(worker.name)' is left out: \(conflict)")
        return false
      }
      taken.add(worker)
      return true
    }
  }
}

extension Catalogue {
  /// Every ingredient: this program's own, and those of registered workers.
  static var standard: Catalogue {
    let workers = RegisteredWorkers.all
    return workers.isEmpty ? builtIn : builtIn.adding(workers)
  }

  private func adding(_ workers: [RegisteredWorker]) -> Catalogue {
    var catalogue = self
    catalogue.datasets = Registry(
      datasets.entries
        + workers.flatMap { worker in
          worker.cards(.data).map { card in
            .init(card) { WorkerDataset(WorkerDataset.Options(offer: worker.offer(card, $0))) }
          }
        })
    catalogue.optimizers = Registry(
      optimizers.entries
        + workers.flatMap { worker in
          worker.cards(.optimizer).map { card in
            .init(card) { options in
              WorkerOptimizer(
                WorkerOptimizer.Options(
                  offer: worker.offer(card, options), calibrationCount: worker.calibrationCounts[card.taxonomy] ?? 0))
            }
          }
        })
    catalogue.others += workers.flatMap { worker in
      worker.cards(.runtime).filter { worker.runtimes[$0.taxonomy]?.formats.contains(.onnx) == true }
    }
    return catalogue
  }

  /// The runtimes that a bench can ask for.
  static var runtimeOffers: [RuntimeOffer] {
    builtInRuntimeOffers
      + RegisteredWorkers.all.flatMap { worker in
        worker.cards(.runtime).compactMap { card in
          worker.runtimes[card.taxonomy].map { facts in
            RuntimeOffer(card: card, formats: facts.formats) { facts.availability }
          }
        }
      }
  }

  /// The runtimes that a measuring process offers. One whose Python is gone is there too, and says so when it is used.
  static func runtimes() async -> Registry<any Runtime> {
    var entries = builtInRuntimes.entries
    for worker in RegisteredWorkers.all where !worker.runtimes.isEmpty {
      let launch = await launch(worker)
      for card in worker.cards(.runtime) {
        guard let facts = worker.runtimes[card.taxonomy] else { continue }
        entries.append(
          .init(card) {
            WorkerRuntime(WorkerRuntime.Options(offer: worker.offer(card, $0), facts: facts), launch: launch)
          })
      }
    }
    return Registry(entries)
  }
  private static func launch(_ worker: RegisteredWorker) async -> Result<PythonLaunch, any Error> {
    do {
      return .success(try await worker.source.launch())
    } catch {
      return .failure(error)
    }
  }
}
