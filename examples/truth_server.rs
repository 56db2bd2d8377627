//! `truth_server`: a server of known behaviour as a process of its own, for `benches/peers` and `benches/truth`.
//!
//! Says where it listens, ends when its time is over or a request for `/stop` came, then writes its log. Never listens
//! beyond loopback.

#[path = "../benches/support/server/mod.rs"]
mod server;

use server::hostile::Hostile;
use server::law::{Law, time};
use server::{Manner, Server, Settings};
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::process::ExitCode;
use std::time::Duration;

const USAGE: &str = "truth_server [--bind 127.0.0.1:0] [--for 60s] [--seed 1] [--log FILE] [--logged 2000000] [--awake yes]
  [--delay LAW | --service LAW [--servers 1] | --hostile NAME]
LAW: fixed:5ms, uniform:1ms..50ms, exponential:5ms, steps:70x2ms+25x10ms+5x50ms";

/// What was typed.
struct Asked {
    settings: Settings,
    log: Option<String>,
}

fn asked(mut words: impl Iterator<Item = String>) -> Result<Asked, String> {
    let mut settings = Settings { logged: 2_000_000, ..Settings::default() };
    let (mut log, mut service, mut servers) = (None, None, 1);
    while let Some(word) = words.next() {
        let value = words.next().ok_or_else(|| format!("{word} wants a value"))?;
        let wrong = |what: &str| format!("{word} wants {what}, not `{value}`");
        match word.as_str() {
            "--bind" => settings.bind = value.parse().map_err(|_| wrong("an address"))?,
            "--for" => settings.lasting = Duration::from_nanos(time(&value)?),
            "--seed" => settings.seed = value.parse().map_err(|_| wrong("a number"))?,
            "--logged" => settings.logged = value.parse().map_err(|_| wrong("a number"))?,
            "--log" => log = Some(value),
            "--awake" => settings.awake = value == "yes",
            "--delay" => settings.manner = Manner::Delayed(Law::parse(&value)?),
            "--service" => service = Some(Law::parse(&value)?),
            "--servers" => servers = value.parse().map_err(|_| wrong("a number"))?,
            "--hostile" => {
                let known = || Hostile::ALL.map(|(name, _)| name).join(", ");
                let hostile = Hostile::named(&value).ok_or_else(|| wrong(&format!("one of {}", known())))?;
                settings.manner = Manner::Hostile(hostile);
            }
            _ => return Err(format!("unknown option `{word}`")),
        }
    }
    if let Some(service) = service {
        settings.manner = Manner::Queued { service, servers };
    }
    if log.is_none() {
        settings.logged = 0;
    }
    Ok(Asked { settings, log })
}

fn serve(asked: Asked) -> std::io::Result<()> {
    let server = Server::start(asked.settings)?;
    writeln!(std::io::stdout(), "listening on {}", server.address)?;
    let log = server.wait()?;
    if let Some(path) = asked.log {
        log.write(&mut BufWriter::new(File::create(path)?))?;
    }
    writeln!(std::io::stdout(), "{} requests on {} connections", log.requests, log.connections)
}

fn main() -> ExitCode {
    let outcome = asked(std::env::args().skip(1)).map(|asked| serve(asked).map_err(|e| e.to_string()));
    let mut to = std::io::stderr();
    match outcome {
        Ok(Ok(())) => ExitCode::SUCCESS,
        // Where even the complaint cannot be written, the exit code has to say it.
        Ok(Err(fault)) => {
            let _ = writeln!(to, "truth_server: {fault}");
            ExitCode::FAILURE
        }
        Err(usage) => {
            let _ = writeln!(to, "truth_server: {usage}\n{USAGE}");
            ExitCode::from(2)
        }
    }
}
