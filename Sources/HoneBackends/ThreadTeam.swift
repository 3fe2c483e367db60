// ThreadTeam.swift: pinned threads that execute one kernel call together, again and again, without allocating.

internal import CHoneKernel
internal import CPlatform
internal import Glibc
internal import HoneCore

/// What a team executes: one entry point of a kernel library with its arguments.
struct TeamJob {
  enum Entry {
    case run(hone_kernel_run, parameters: UnsafePointer<Int64>)
    /// Packs into the workspace.
    case pack(hone_kernel_pack)
  }

  var entry: Entry
  var problem: UnsafeRawPointer
  var workspace: UnsafeMutableRawPointer?

  /// One member's share.
  func share(_ team: UnsafePointer<hone_kernel_team>) -> Int32 {
    switch entry {
    case .run(let run, let parameters): run(problem, parameters, workspace, team)
    case .pack(let pack): pack(problem, workspace, team)
    }
  }
}

/// Threads owned by Hone. The calling thread is member 0; members 1… are created here, wait at their own gate (spin,
/// then sleep) and end with the team. One caller at a time. A call with fewer threads wakes only those.
final class ThreadTeam: @unchecked Sendable {
  /// Looks at a gate before sleeping: about 50 µs, longer than the gap between the calls of a layer.
  private static let spins: UInt32 = 20_000

  let size: Int
  private let members: UnsafeMutablePointer<Member>
  private let shared: UnsafeMutablePointer<Shared>
  private var threads: [pthread_t] = []

  /// State that all members see.
  struct Shared {
    var job: TeamJob?
    var finished = CPlatform_Gate()
    var barrier = CPlatform_Barrier()
    var stops = false
    /// Members that have not finished the job yet.
    var running: UInt32 = 0
    /// A code that some member answered and that is not HONE_KERNEL_OK.
    var failure: Int32 = 0
  }

  struct Member {
    var go = CPlatform_Gate()
    var index: UInt32 = 0
    /// The processor it is bound to, or -1.
    var processor: Int32 = -1
    var shared: UnsafeMutablePointer<Shared>
  }

  /// - Throws: `Refusal.failed` where the system gives no more threads.
  init(size: Int) throws(Refusal) {
    self.size = size
    shared = .allocate(capacity: 1)
    shared.initialize(to: Shared())
    members = .allocate(capacity: size)
    for index in 0..<size {
      (members + index).initialize(to: Member(index: UInt32(index), shared: shared))
    }
    for index in 1..<max(size, 1) { threads.append(try Self.start(members + index)) }
  }

  deinit {
    shared.pointee.stops = true
    for index in 1..<max(size, 1) { CPlatform_gateAdvance(&members[index].go) }
    for thread in threads { pthread_join(thread, nil) }
    members.deallocate()
    shared.deallocate()
  }

  /// Binds member i to processors[i] (os indices; nothing happens where it is bound already); the caller is member 0 and is
  /// bound too.
  func bind(to processors: [Int]) {
    for (index, processor) in processors.prefix(size).enumerated() {
      if index == 0 {
        CPlatform_bindThread(pthread_self(), Int32(processor))
      } else if members[index].processor != Int32(processor) {
        CPlatform_bindThread(threads[index - 1], Int32(processor))
        members[index].processor = Int32(processor)
      }
    }
  }

  /// Runs the job on the first `count` members; returns the first code that was not HONE_KERNEL_OK.
  func execute(_ job: TeamJob, count: Int) -> Int32 {
    guard count > 1 else {
      var alone = hone_kernel_team(index: 0, count: 1, barrier: nil, context: nil)
      return job.share(&alone)
    }
    shared.pointee.job = job
    shared.pointee.failure = 0
    shared.pointee.barrier.count = UInt32(count)
    shared.pointee.barrier.spins = Self.spins
    CPlatform_counterStore(&shared.pointee.running, UInt32(count - 1))
    let before = CPlatform_gateValue(&shared.pointee.finished)
    for index in 1..<count { CPlatform_gateAdvance(&members[index].go) }
    let code = Self.share(of: shared, index: 0)
    CPlatform_gateWait(&shared.pointee.finished, before, Self.spins)
    return code != HONE_KERNEL_OK ? code : shared.pointee.failure
  }

  private static func start(_ member: UnsafeMutablePointer<Member>) throws(Refusal) -> pthread_t {
    var thread = pthread_t()
    let code = pthread_create(
      &thread, nil,
      {
        ThreadTeam.loop($0!); return nil
      }, member)
    guard code == 0 else {
      throw .failed("cannot start a thread: \(String(cString: strerror(code)))")
    }
    return thread
  }

  /// A member's life: wait, work, report.
  private static func loop(_ context: UnsafeMutableRawPointer) {
    let member = context.assumingMemoryBound(to: Member.self)
    let shared = member.pointee.shared
    var seen: UInt32 = 0
    while true {
      CPlatform_gateWait(&member.pointee.go, seen, spins)
      seen &+= 1
      if shared.pointee.stops { return }
      let code = share(of: shared, index: member.pointee.index)
      if code != HONE_KERNEL_OK { shared.pointee.failure = code }
      if CPlatform_counterDecrement(&shared.pointee.running) == 0 {
        CPlatform_gateAdvance(&shared.pointee.finished)
      }
    }
  }

  private static func share(of shared: UnsafeMutablePointer<Shared>, index: UInt32) -> Int32 {
    guard let job = shared.pointee.job else { return Int32(HONE_KERNEL_BAD_ARGUMENT) }
    let barrier = UnsafeMutableRawPointer(shared) + MemoryLayout<Shared>.offset(of: \.barrier)!
    var team = hone_kernel_team(
      index: index, count: shared.pointee.barrier.count, barrier: CPlatform_barrierWait,
      context: barrier)
    return job.share(&team)
  }
}
