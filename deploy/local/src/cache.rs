//! Fetches pinned packages once into a cache that all clones of a user share.
//!
//! Each package is unpacked beside its place and renamed into it, under a lock, so that a killed or
//! a parallel fetch never leaves half of one. What is fetched is checked against its sha256.

use std::{
    fs::{self, File},
    io::{IsTerminal, Read},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use indicatif::{ProgressBar, ProgressStyle};
use sha2::{Digest, Sha256};

/// `TRAFFOFLEX_CACHE`, by default `~/.cache/traffoflex`.
pub fn dir() -> PathBuf {
    std::env::var_os("TRAFFOFLEX_CACHE").map(PathBuf::from).unwrap_or_else(|| {
        let home = std::env::var_os("HOME").map_or_else(|| PathBuf::from("."), PathBuf::from);
        home.join(".cache/traffoflex")
    })
}

/// The directory `name` in the cache; `make` fills a fresh directory when it is missing.
pub fn ensure_dir(name: &str, size_mb: u32, make: impl FnOnce(&Path) -> Result<()>) -> Result<PathBuf> {
    let root = dir().join("engines");
    let place = root.join(name);
    if place.exists() {
        return Ok(place);
    }
    fs::create_dir_all(&root).with_context(|| format!("cache directory {}", root.display()))?;
    let lock = File::create(root.join(".lock"))?;
    lock.lock().context("cache lock")?;
    if place.exists() {
        return Ok(place);
    }
    let fresh = tempfile::Builder::new().prefix(".fetching-").tempdir_in(&root)?;
    let started = Instant::now();
    let progress = Progress::start(name, size_mb);
    make(fresh.path()).with_context(|| format!("could not get {name}"))?;
    progress.done(started.elapsed());
    fs::rename(fresh.keep(), &place)?;
    Ok(place)
}

/// A line that says what is being fetched: moving on a terminal, plain elsewhere.
struct Progress {
    bar: Option<ProgressBar>,
    name: String,
}

impl Progress {
    fn start(name: &str, size_mb: u32) -> Self {
        let text = format!("fetching {name} ({size_mb} MB)");
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new_spinner();
            bar.set_style(
                ProgressStyle::with_template("{spinner} {msg} {elapsed}")
                    .unwrap_or(ProgressStyle::default_spinner()),
            );
            bar.set_message(text.clone());
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        if bar.is_none() {
            eprintln!("{text} ...");
        }
        Self { bar, name: name.to_owned() }
    }

    fn done(self, took: Duration) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        eprintln!("fetched {} in {:.1} s", self.name, took.as_secs_f64());
    }
}

/// An npm package, unpacked so that its files stand in `package/`.
pub fn npm(package: &str, version: &str, sha256: &str, into: &Path) -> Result<()> {
    let packed = into.join("packed");
    fs::create_dir(&packed)?;
    run(Command::new("npm")
        .args(["pack", "--silent", "--pack-destination"])
        .arg(&packed)
        .arg(format!("{package}@{version}")))?;
    let archive = only_file(&packed)?;
    check_sha256(&archive, sha256)?;
    run(Command::new("tar").arg("-xzf").arg(&archive).arg("-C").arg(into))?;
    fs::remove_dir_all(&packed)?;
    Ok(())
}

/// A wheel from PyPI, installed into the directory; pip itself checks the hash.
pub fn pip(requirement: &str, sha256: &str, into: &Path) -> Result<()> {
    let file = into.join("requirements.txt");
    fs::write(&file, format!("{requirement} --hash=sha256:{sha256}\n"))?;
    let target = into.join("site");
    run(Command::new("python3")
        .args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-deps",
            "--only-binary=:all:",
            "--require-hashes",
            "--target",
        ])
        .arg(&target)
        .arg("-r")
        .arg(&file))
}

/// A Maven artifact with what it needs at run time, in `jars/`, each checked against a list of
/// `<sha256>  <file>` lines.
pub fn maven(group: &str, artifact: &str, version: &str, sha256_list: &str, into: &Path) -> Result<()> {
    let pom = format!(
        "<project xmlns=\"http://maven.apache.org/POM/4.0.0\"><modelVersion>4.0.0</modelVersion>\
         <groupId>local</groupId><artifactId>fetch</artifactId><version>1</version><dependencies><dependency>\
         <groupId>{group}</groupId><artifactId>{artifact}</artifactId><version>{version}</version>\
         </dependency></dependencies></project>"
    );
    fs::write(into.join("pom.xml"), pom)?;
    let jars = into.join("jars");
    run(Command::new("mvn")
        .current_dir(into)
        .args(["-q", "-B", "dependency:copy-dependencies", "-DincludeScope=runtime"])
        .arg(format!("-DoutputDirectory={}", jars.display())))?;
    let mut expected = 0;
    for (sha256, name) in sha256_list.lines().filter_map(|line| line.split_once("  ")) {
        check_sha256(&jars.join(name), sha256)?;
        expected += 1;
    }
    let got = fs::read_dir(&jars)?.count();
    ensure!(got == expected, "{got} jars came where {expected} are listed");
    Ok(())
}

fn run(command: &mut Command) -> Result<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = match command.stdin(Stdio::null()).output() {
        Ok(output) => output,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => bail!("{program} is not installed"),
        Err(error) => return Err(error).context(program),
    };
    if !output.status.success() {
        let text = [output.stdout, output.stderr].concat();
        let text = String::from_utf8_lossy(&text);
        let telling = text
            .lines()
            .map(str::trim)
            .filter(|l| !l.is_empty())
            .find(|l| l.to_lowercase().contains("error"));
        let last = telling.or(text.lines().last()).unwrap_or("no output");
        bail!("{program} failed ({last}); is the package registry reachable?");
    }
    Ok(())
}

fn only_file(dir: &Path) -> Result<PathBuf> {
    let mut files = fs::read_dir(dir)?;
    let file = files.next().context("nothing was fetched")??.path();
    ensure!(files.next().is_none(), "more than one file was fetched");
    Ok(file)
}

fn check_sha256(file: &Path, expected: &str) -> Result<()> {
    let mut hasher = Sha256::new();
    let mut reader = File::open(file).with_context(|| format!("{} is missing", file.display()))?;
    let mut chunk = vec![0; 1 << 20];
    loop {
        match reader.read(&mut chunk)? {
            0 => break,
            n => hasher.update(&chunk[..n]),
        }
    }
    let got: String = hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    ensure!(got == expected, "{} has sha256 {got}, not the pinned {expected}", file.display());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_sum_is_refused_and_named() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("x");
        fs::write(&file, b"abc").unwrap();
        let good = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        check_sha256(&file, good).unwrap();
        let error = check_sha256(&file, &good.replace('b', "c")).unwrap_err();
        assert!(error.to_string().contains("not the pinned"), "{error}");
    }

    #[test]
    fn a_missing_tool_is_one_clear_line() {
        let error = run(&mut Command::new("no-such-tool-here")).unwrap_err();
        assert_eq!(error.to_string(), "no-such-tool-here is not installed");
    }
}
