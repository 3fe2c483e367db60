// Exports.swift: the functions of hone_engine.h: thin, each turns C values into Swift ones and errors into a status and a text.

internal import CHone
public import CHone.Engine
internal import Glibc
internal import HoneCore
import Synchronization

/// Which hone_engine.h this engine was built with.
@c(hone_engine_abi)
public func engineABI() -> Int32 { Int32(HONE_ENGINE_ABI) }

/// Reads the machine and opens the back ends.
@c(hone_engine_start)
public func engineStart(
  _ folder: UnsafePointer<CChar>, _ message: UnsafeMutablePointer<CChar>, _ size: Int
) -> Int32 {
  answering(message, size) {
    let engine = try Engine(folder: String(cString: folder))
    Engine.current.withLock { $0 = engine }
  }
}

/// Writes the id of this machine's hardware class.
@c(hone_engine_hardware_class)
public func engineHardwareClass(_ name: UnsafeMutablePointer<CChar>, _ size: Int) -> Int32 {
  let id = Engine.current.withLock { $0?.hardwareClass }
  guard let id else { return Int32(HONE_ERROR_INTERNAL.rawValue) }
  write(id, to: name, size)
  return Int32(HONE_OK.rawValue)
}

/// Writes the libraries that back ends run, one "name=version" a line; returns the length of the whole text.
@c(hone_engine_libraries)
public func engineLibraries(_ text: UnsafeMutablePointer<CChar>?, _ size: Int) -> Int {
  let libraries = Engine.current.withLock { $0?.libraries } ?? [:]
  let lines = libraries.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)\n" }.joined()
  if let text { write(lines, to: text, size) }
  return lines.utf8.count
}

/// Makes a plan; its handle is the caller's to destroy.
@c(hone_engine_make_plan)
public func engineMakePlan(
  _ request: UnsafePointer<hone_engine_request>, _ result: UnsafeMutablePointer<hone_engine_plan>,
  _ message: UnsafeMutablePointer<CChar>, _ size: Int
) -> Int32 {
  answering(message, size) {
    guard let engine = Engine.current.withLock({ $0 }) else {
      throw HoneError(.internal, "the engine has not been started")
    }
    let wanted = request.pointee
    let made = try engine.plan(
      for: wanted.problem, wanted.configuration, cores: max(1, Int(wanted.cores)),
      packs: wanted.packs != 0)
    result.pointee.adopts = made.adopts ? 1 : 0
    result.pointee.workspace_bytes = UInt64(made.plan.workspaceBytes)
    result.pointee.threads = Int32(made.threads)
    result.pointee.exclusive = made.isExclusive ? 1 : 0
    withUnsafeMutableBytes(of: &result.pointee.configuration) { bytes in
      let text = bytes.bindMemory(to: CChar.self)
      if let base = text.baseAddress { write(made.configuration.key, to: base, text.count) }
    }
    result.pointee.handle = Unmanaged.passRetained(made).toOpaque()
  }
}

/// Makes one plan of several for embedding-bag; its handle is the caller's to destroy.
@c(hone_engine_make_batch)
public func engineMakeBatch(
  _ handles: UnsafePointer<UnsafeMutableRawPointer?>, _ count: UInt32, _ threads: Int32,
  _ result: UnsafeMutablePointer<hone_engine_plan>, _ message: UnsafeMutablePointer<CChar>,
  _ size: Int
) -> Int32 {
  answering(message, size) {
    let plans = (0..<Int(count)).compactMap { handles[$0] }.map {
      Unmanaged<EnginePlan>.fromOpaque($0).takeUnretainedValue()
    }
    let made = try EnginePlan(joining: plans, threads: Int(threads))
    result.pointee.workspace_bytes = 0
    result.pointee.threads = Int32(made.threads)
    result.pointee.exclusive = made.isExclusive ? 1 : 0
    result.pointee.handle = Unmanaged.passRetained(made).toOpaque()
  }
}

/// Brings B of the arguments into the plan's own layout.
@c(hone_engine_adopt)
public func engineAdopt(
  _ handle: UnsafeRawPointer, _ arguments: UnsafeRawPointer,
  _ packed: UnsafeMutablePointer<UnsafeRawPointer?>, _ message: UnsafeMutablePointer<CChar>,
  _ size: Int
) -> Int32 {
  answering(message, size) {
    let plan = Unmanaged<EnginePlan>.fromOpaque(handle).takeUnretainedValue()
    packed.pointee = try plan.adopt(arguments)
  }
}

/// Runs a plan on arguments of its operation. Any thread, as far as the plan allows.
@c(hone_engine_execute)
public func engineExecute(
  _ handle: UnsafeRawPointer, _ arguments: UnsafeRawPointer,
  _ message: UnsafeMutablePointer<CChar>, _ size: Int
) -> Int32 {
  // The handle's owner keeps it alive during the call: counting references would cost as much as the rest.
  let failure = Unmanaged<EnginePlan>.fromOpaque(handle)._withUnsafeGuaranteedRef { made in
    do throws(Refusal) {
      try made.plan.executeAsGuest(arguments)
      return Refusal?.none
    } catch { return error }
  }
  guard let failure else { return Int32(HONE_OK.rawValue) }
  write("\(failure)", to: message, size)
  return Int32(HONE_ERROR_INTERNAL.rawValue)
}

/// Gives a plan back.
@c(hone_engine_destroy_plan)
public func engineDestroyPlan(_ handle: UnsafeRawPointer) {
  Unmanaged<EnginePlan>.fromOpaque(handle).release()
}

/// Called once in the child of a fork, before anything else.
@c(hone_engine_forked)
public func engineForked() { Engine.current.withLock { $0?.startAnew() } }

// MARK: - C values

extension hone_engine_request {
  fileprivate var problem: Problem {
    let dimensions = fields(dimensions, dimension_count)
    let attributes = fields(attributes, attribute_count)
    return Problem(
      operation: String(cString: operation), types: String(cString: types),
      shape: Dictionary(dimensions.map { ($0.name, $0.value.int ?? 0) }) { first, _ in first },
      attributes: Dictionary(attributes.map { ($0.name, $0.value.text ?? "") }) { first, _ in first
      })
  }

  fileprivate var configuration: Configuration? {
    guard let backend, let variant else { return nil }
    let parameters = fields(parameters, parameter_count)
    return Configuration(
      backend: String(cString: backend), variant: String(cString: variant),
      parameters: Dictionary(parameters.map { ($0.name, $0.value) }) { first, _ in first })
  }

  private func fields(
    _ items: UnsafePointer<hone_engine_field>?, _ count: UInt32
  ) -> [(name: String, value: ParameterValue)] {
    UnsafeBufferPointer(start: items, count: items == nil ? 0 : Int(count)).map { field in
      let value: ParameterValue =
        field.text.map { .text(String(cString: $0)) } ?? .int(Int(field.integer))
      return (String(cString: field.name), value)
    }
  }
}

/// Writes as much of the text as fits, always ended by a 0.
private func write(_ text: String, to buffer: UnsafeMutablePointer<CChar>, _ size: Int) {
  guard size > 0 else { return }
  let bytes = text.utf8.prefix(size - 1)
  for (index, byte) in bytes.enumerated() { buffer[index] = CChar(bitPattern: byte) }
  buffer[bytes.count] = 0
}

/// HoneError's codes as statuses of hone.h.
private let statuses: [HoneError.Code: hone_status] = [
  .usage: HONE_ERROR_ARGUMENT, .unusableData: HONE_ERROR_UNUSABLE_DATA,
  .unavailable: HONE_ERROR_UNAVAILABLE, .internal: HONE_ERROR_INTERNAL,
]

/// Runs the body; an error becomes a status, its text goes to `message`.
private func answering(
  _ message: UnsafeMutablePointer<CChar>, _ size: Int, _ body: () throws -> Void
) -> Int32 {
  do {
    try body()
    return Int32(HONE_OK.rawValue)
  } catch let error as HoneError {
    write(error.description.replacing("\n", with: " "), to: message, size)
    return Int32((statuses[error.code] ?? HONE_ERROR_INTERNAL).rawValue)
  } catch {
    write("\(error)", to: message, size)
    return Int32(HONE_ERROR_INTERNAL.rawValue)
  }
}
