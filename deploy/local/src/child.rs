//! Child processes that never outlive us.
//!
//! Linux sends a child its parent-death signal when the *thread* that started it ends, not the
//! process. All children are therefore started by one thread that lives as long as the process.

use std::{
    io,
    os::unix::process::CommandExt,
    process::{Child, Command, ExitStatus},
    sync::{LazyLock, Mutex, mpsc},
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

type Job = (Command, mpsc::Sender<io::Result<Child>>);

#[expect(clippy::expect_used, reason = "without a thread nothing can be started at all")]
static SPAWNER: LazyLock<Mutex<mpsc::Sender<Job>>> = LazyLock::new(|| {
    let (jobs, received) = mpsc::channel::<Job>();
    std::thread::Builder::new()
        .name("spawner".into())
        .spawn(move || {
            for (mut command, reply) in received {
                let _ = reply.send(command.spawn());
            }
        })
        .expect("a thread");
    Mutex::new(jobs)
});

/// Starts the command; the kernel kills it when this process ends, however it ends.
pub fn spawn(mut command: Command) -> io::Result<Child> {
    // Ctrl-C in a terminal reaches a whole process group: ours must be stopped in order, by us.
    command.process_group(0);
    die_with_us(&mut command);
    let (reply, child) = mpsc::channel();
    let jobs = SPAWNER.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).clone();
    jobs.send((command, reply)).map_err(|_| io::Error::other("the spawning thread is gone"))?;
    child.recv().map_err(|_| io::Error::other("the spawning thread is gone"))?
}

#[expect(
    unsafe_code,
    reason = "pre_exec is the only way to set the parent-death signal between fork and exec"
)]
fn die_with_us(command: &mut Command) {
    let parent = std::process::id();
    // SAFETY: the closure only makes async-signal-safe system calls.
    unsafe {
        command.pre_exec(move || {
            nix::sys::prctl::set_pdeathsig(Signal::SIGKILL)?;
            // The parent may have died before the line above.
            if nix::unistd::getppid().as_raw() as u32 != parent {
                return Err(io::Error::other("the parent is gone"));
            }
            Ok(())
        });
    }
}

/// Asks the child to end, waits, and kills it after the limit.
pub async fn stop(child: &mut Child, limit: Duration) -> io::Result<ExitStatus> {
    signal(child, Signal::SIGTERM);
    let deadline = Instant::now() + limit;
    while Instant::now() < deadline {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    child.kill()?;
    child.wait()
}

/// SIGKILL, and waits for the end.
pub fn kill_now(child: &mut Child) {
    // Gone already is what we want.
    let _ = child.kill();
    let _ = child.wait();
}

fn signal(child: &Child, signal: Signal) {
    let _ = kill(Pid::from_raw(child.id() as i32), signal);
}
