//! `api-service check-config`: whether a service with these settings would run. Each setting by itself, then
//! what they point at. Changes nothing, and prints no value: some are secrets.
//!
//! [`problems`] also runs where the settings cannot be read at all, so that all that is wrong is named at
//! once, by the variable's name.

mod reach;
mod sign_in;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Arg, Command};
use serde::Serialize;

use super::output;
use crate::config::CentralConfig;

/// Name of the command.
pub const NAME: &str = "check-config";

#[derive(Debug, clap::Args)]
pub struct CheckConfigArgs {
    /// Print JSON instead of lines.
    #[arg(long)]
    json: bool,
    /// Only the settings themselves: connect to nothing.
    #[arg(long)]
    offline: bool,
}

/// What was looked at, by the variable that says it.
#[derive(Debug, Serialize)]
pub struct Check {
    pub variable: String,
    pub ok: bool,
    pub detail: String,
}

impl Check {
    fn new(variable: &str, outcome: Result<String, String>) -> Self {
        let ok = outcome.is_ok();
        let (Ok(detail) | Err(detail)) = outcome;
        Self { variable: variable.to_owned(), ok, detail }
    }
}

#[derive(Debug, Serialize)]
struct Report {
    ok: bool,
    checks: Vec<Check>,
}

pub async fn run(config: &CentralConfig, args: &CheckConfigArgs) -> Result<ExitCode> {
    let mut checks = reach::settings(config);
    if !args.offline {
        checks.extend(reach::everything(config).await);
    }
    print(checks, args.json)
}

fn print(checks: Vec<Check>, json: bool) -> Result<ExitCode> {
    let report = Report { ok: checks.iter().all(|check| check.ok), checks };
    if json {
        output::json(&report)?;
    } else {
        for Check { variable, ok, detail } in &report.checks {
            output::columns([if *ok { "ok" } else { "WRONG" }, variable, detail])?;
        }
        output::line(if report.ok { "nothing is wrong" } else { "something is wrong" })?;
    }
    Ok(if report.ok { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The settings of `command` that cannot be read from the environment.
pub fn problems(command: &Command) -> Vec<Check> {
    command
        .get_arguments()
        .filter_map(|arg| Some(Check::new(arg.get_env()?.to_str()?, Err(wrong(arg)?))))
        .collect()
}

/// Says all of it, when the command line asks for that and the settings are why it could not be read.
pub fn explain(command: &Command, arguments: &[String]) -> Option<Result<ExitCode>> {
    let asked = arguments.iter().skip(1).find(|argument| !argument.starts_with('-'))?;
    let found = problems(command);
    if asked != NAME || found.is_empty() {
        return None;
    }
    Some(print(found, arguments.iter().any(|argument| argument == "--json")))
}

fn wrong(arg: &Arg) -> Option<String> {
    let is_set = arg.get_env().and_then(std::env::var_os).is_some();
    if !is_set {
        return arg.is_required_set().then(|| "it has to be set".to_owned());
    }
    let alone = Command::new(NAME).arg(arg.clone().required(false));
    let error = alone.try_get_matches_from([NAME]).err()?;
    // The message itself would quote the value.
    let expected = || {
        let values: Vec<String> =
            arg.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect();
        if values.is_empty() {
            "it cannot be read".to_owned()
        } else {
            format!("one of {}", values.join(", "))
        }
    };
    Some(std::error::Error::source(&error).map_or_else(expected, ToString::to_string))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_that_is_missing_is_named_by_its_variable() {
        let missing = Arg::new("x").long("x").env("TRAFFOFLEX_TEST_NEVER_SET").required(true);
        let optional = Arg::new("y").long("y").env("TRAFFOFLEX_TEST_NEVER_SET_EITHER");
        let found = problems(&Command::new("api-service").arg(missing).arg(optional));
        let names: Vec<&str> = found.iter().map(|check| check.variable.as_str()).collect();
        assert_eq!(names, ["TRAFFOFLEX_TEST_NEVER_SET"]);
    }
}
