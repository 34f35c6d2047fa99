//! Runs `clickhouse local` from libchdb.so as a server: HTTP on loopback until standard input ends.
//!
//! The library's C function `query_stable_v2` is ClickHouse's own command line. It is given queries
//! that start the HTTP listener and then read standard input, which blocks until the parent closes
//! the pipe or dies.

use std::{
    ffi::{CString, c_char, c_int},
    path::PathBuf,
    process::ExitCode,
};

use anyhow::{Context, Result};
use clap::Parser;

#[derive(Parser)]
#[command(about = "ClickHouse over HTTP on 127.0.0.1, from libchdb.so, until standard input ends")]
struct Args {
    /// Path of libchdb.so.
    #[arg(long)]
    library: PathBuf,
    /// Directory of the data; absolute.
    #[arg(long)]
    data: PathBuf,
    #[arg(long)]
    http_port: u16,
}

/// What the function returns; only read by the library itself.
#[repr(C)]
struct LocalResult {
    _private: [u8; 0],
}

type Run = unsafe extern "C" fn(c_int, *mut *mut c_char) -> *mut LocalResult;

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("clickhouse-local-server: {error:#}");
            ExitCode::FAILURE
        }
    }
}

#[expect(unsafe_code, reason = "calls into a C library")]
fn run(args: &Args) -> Result<()> {
    let data = args.data.display();
    let arguments = [
        "clickhouse".to_owned(),
        format!("--path={data}/db"),
        format!("--http_port={}", args.http_port),
        "--listen_host=127.0.0.1".to_owned(),
        "--query".to_owned(),
        "SYSTEM START LISTEN HTTP; SELECT * FROM file('-', LineAsString, 'l String') FORMAT Null".to_owned(),
    ];
    let arguments: Vec<CString> = arguments.into_iter().map(CString::new).collect::<Result<_, _>>()?;
    let mut pointers: Vec<*mut c_char> = arguments.iter().map(|a| a.as_ptr().cast_mut()).collect();
    // SAFETY: the library is the pinned one whose function has this signature; the arguments outlive
    // the call, and the result is left to the end of the process.
    unsafe {
        let library = libloading::Library::new(&args.library).context("libchdb.so")?;
        let run: libloading::Symbol<'_, Run> =
            library.get(b"query_stable_v2\0").context("query_stable_v2")?;
        run(pointers.len() as c_int, pointers.as_mut_ptr());
    }
    Ok(())
}
