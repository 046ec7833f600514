// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Bench
internal import Galley
internal import Scenarios
internal import Synchronization
internal import Workers

/// The programs of the user's that are registered.
enum RegisteredWorkers {
  private static let known = Mutex<[RegisteredWorker]>([])

  /// Those that ``load(_:)`` found.
  static var all: [RegisteredWorker] { known.withLock { $0 } }

  /// What this program itself offers.
  static var taken: TakenNames {
    TakenNames(cards: Catalogue.builtIn.cards, backends: Catalogue.ownBackends.map(\.descriptor.id))
  }

  /// Reads the register, before anything asks for the catalogue. A program that has changed is described again; one
  /// that can't be is left out, which is said.
  static func load(_ console: Console) async {
    let register = WorkerRegister(home: .ofThisProgram)
    let (workers, faults) = register.all()
    for fault in faults { console.note("note: \(fault)") }
    guard !workers.isEmpty else { return }
    var (current, taken): ([RegisteredWorker], TakenNames) = ([], taken)
    for worker in workers {
      do {
        let worker = try await register.current(worker)
        // What a changed program offers now may have a name that another has.
        if let conflict = taken.conflict(with: worker) {
          console.note("note: the worker '\(worker.name)' is left out: \(conflict)")
          continue
        }
        taken.add(worker)
        current.append(worker)
      } catch {
        console.note("note: the worker '\(worker.name)' is left out: \(error)")
      }
    }
    let found = current
    known.withLock { $0 = found }
  }

  /// Reads the register as it is; for processes that others start, which have brought it up to date.
  static func loadAsTheyAre() {
    let workers = WorkerRegister(home: .ofThisProgram).all().workers
    known.withLock { $0 = workers }
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

  /// The runtimes that a measuring process offers.
  static func runtimes() async throws -> Registry<any Runtime> {
    var entries = builtInRuntimes.entries
    for worker in RegisteredWorkers.all {
      for card in worker.cards(.runtime) {
        guard let facts = worker.runtimes[card.taxonomy] else { continue }
        let launch = try await worker.source.launch()
        entries.append(
          .init(card) {
            WorkerRuntime(WorkerRuntime.Options(offer: worker.offer(card, $0), facts: facts), launch: launch)
          })
      }
    }
    return Registry(entries)
  }
}
