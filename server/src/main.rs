//! `zooscope`: the console's one binary.
//!
//! Exit codes: 0 a clean stop, 1 a failure at run time, 2 bad usage or configuration.

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, Parser, Subcommand};
use tokio::signal::unix::SignalKind;
use zooscope::actions::{Known, Whole, verify};
use zooscope::auth::password::Phc;
use zooscope::config::{self, Config};
use zooscope::demo::workload::Report;
use zooscope::{demo, memory, telemetry};
use zooscope_protocol::AuthMode;

/// Of a tree that shrinks the memory is given back to the operating system.
#[cfg(target_os = "linux")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// A web console for the locks and queues that programs keep in Apache ZooKeeper.
#[derive(Debug, Parser)]
#[command(name = "zooscope", version, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: config::Flags,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the console (the default).
    Serve(config::Flags),
    /// Start a private ZooKeeper, real clients at work on it, and the console; all stop together.
    Demo(DemoFlags),
    /// Hash a password for `[[auth.user]]`: asked for on a terminal, else the first line of standard input.
    HashPassword,
    /// Check the configuration, say what it means, and do nothing else.
    CheckConfig(config::Flags),
    /// The audit log.
    #[command(subcommand)]
    Audit(AuditCommand),
}

#[derive(Debug, Subcommand)]
enum AuditCommand {
    /// Check that the audit log is what was written, also while the server runs. Exit code 1 names the first entry that is not.
    Verify(VerifyFlags),
}

/// The flags of `audit verify`.
#[derive(Debug, Args)]
struct VerifyFlags {
    /// The folder with the audit log. Default: that of the configuration.
    #[arg(long, value_name = "DIR", env = "ZOOSCOPE_DATA_DIR")]
    data_dir: Option<PathBuf>,
    /// The configuration file. Default: `zooscope.toml` in the current folder, if there is one.
    #[arg(long, value_name = "FILE", env = "ZOOSCOPE_CONFIG")]
    config: Option<PathBuf>,
    /// An archive of old entries, to be checked instead of the log.
    #[arg(long, value_name = "FILE")]
    archive: Option<PathBuf>,
    /// An entry that must be there, as NUMBER:HASH, from a line that this command or the server's log said before: it finds a
    /// log that lost its end. Repeat it for several.
    #[arg(long, value_name = "NUMBER:HASH")]
    expect: Vec<Known>,
}

/// The flags of `demo`.
#[derive(Debug, Args)]
struct DemoFlags {
    /// Where ZooKeeper is unpacked. Default: Debian's package.
    #[arg(long, value_name = "DIR", env = "ZOOKEEPER_HOME")]
    zookeeper_home: Option<PathBuf>,
    /// The address to listen on. Default: 127.0.0.1:9180.
    #[arg(long, value_name = "ADDR", env = "ZOOSCOPE_LISTEN")]
    listen: Option<String>,
    /// The folder for the audit log. Default: one that goes with the demo.
    #[arg(long, value_name = "DIR", env = "ZOOSCOPE_DATA_DIR")]
    data_dir: Option<PathBuf>,
    /// The file for what the clients say they do, a line of JSON each; `-` is standard output. Default: `clients.jsonl` in
    /// the folder for the audit log.
    #[arg(long, value_name = "FILE", env = "ZOOSCOPE_CLIENT_LOG")]
    client_log: Option<PathBuf>,
    /// The Python that can `import kazoo`, for the kazoo clients. Default: python3.
    #[arg(long, value_name = "FILE", env = "ZOOSCOPE_PYTHON")]
    python: Option<PathBuf>,
}

const FAILED: u8 = 1;
const MISUSED: u8 = 2;

fn main() -> ExitCode {
    // A wrong flag ends here, with clap's own message and exit code 2.
    let cli = Cli::parse();
    telemetry::start();
    memory::keep();
    match cli.command.unwrap_or(Command::Serve(cli.serve)) {
        Command::Serve(flags) => match Config::load(&flags) {
            Ok(config) => block_on(serve_until_interrupted(config)),
            Err(error) => misused(&error),
        },
        Command::HashPassword => hash_password(),
        Command::CheckConfig(flags) => match Config::load(&flags) {
            Ok(config) => {
                println!("listen on {}", address(&config, config.listen.address));
                println!("{}", admits(&config));
                for cluster in &config.clusters {
                    println!("watch `{}` at {}", cluster.name, cluster.connect);
                }
                for recipe in config.recipes.iter() {
                    println!("recognise `declared.{}` at {}", recipe.name, recipe.path);
                }
                ExitCode::SUCCESS
            }
            Err(error) => misused(&error),
        },
        Command::Audit(AuditCommand::Verify(flags)) => check_audit(flags),
        Command::Demo(flags) => block_on(run_demo(flags)),
    }
}

/// The address of the console.
fn address(config: &Config, address: std::net::SocketAddr) -> String {
    format!("{}://{address}", if config.listen.tls() { "https" } else { "http" })
}

/// Who is let in, in a sentence.
fn admits(config: &Config) -> String {
    match config.auth.mode {
        AuthMode::None => format!(
            "nobody signs in: whoever reaches loopback on this machine has the role {} (auth.mode, auth.loopback_role)",
            config.auth.loopback_role
        ),
        AuthMode::Static => format!("{} local users sign in with a password", config.auth.users.len()),
        AuthMode::Proxy => "a trusted proxy says who asks".to_owned(),
        AuthMode::Oidc | AuthMode::Token => "people sign in with the OpenID provider".to_owned(),
    }
}

fn hash_password() -> ExitCode {
    let asked = if std::io::stdin().is_terminal() {
        rpassword::prompt_password("password: ").and_then(|password| {
            let again = rpassword::prompt_password("again: ")?;
            let differ = || std::io::Error::other("the two are not the same");
            (password == again).then_some(password).ok_or_else(differ)
        })
    } else {
        let mut line = String::new();
        std::io::stdin().read_line(&mut line).map(|_| line.trim_end_matches(['\n', '\r']).to_owned())
    };
    let hashed = asked.map_err(|error| error.to_string()).and_then(|password| Phc::of(&password));
    match hashed {
        Ok(phc) => {
            println!("{}", phc.as_str());
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("zooscope: {why}");
            ExitCode::from(MISUSED)
        }
    }
}

fn misused(error: &config::Error) -> ExitCode {
    eprintln!("zooscope: {}", telemetry::chain(error));
    ExitCode::from(MISUSED)
}

fn check_audit(flags: VerifyFlags) -> ExitCode {
    let folder = match flags.data_dir {
        Some(folder) => folder,
        None => match Config::load(&config::Flags { config: flags.config, ..config::Flags::default() }) {
            Ok(config) => config.data_dir,
            Err(error) => return misused(&error),
        },
    };
    match verify(&folder, flags.archive.as_deref(), &flags.expect) {
        Ok(Whole { entries, seq, hash, held_against }) => {
            println!("{entries} entries, chain whole, last hash {hash} (entry {seq})");
            if !held_against && flags.archive.is_none() {
                println!(
                    "there is no audit.head beside it, so whether entries are missing at its end is not known"
                );
            }
            println!("keep this elsewhere, to find an end that is cut off: --expect {seq}:{hash}");
            ExitCode::SUCCESS
        }
        Err(broken) => {
            eprintln!("zooscope: {broken}");
            ExitCode::from(FAILED)
        }
    }
}

fn block_on(work: impl Future<Output = anyhow::Result<()>>) -> ExitCode {
    let ran = tokio::runtime::Runtime::new()
        .map_err(anyhow::Error::from)
        .and_then(|runtime| runtime.block_on(work));
    match ran {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("zooscope: {error:#}");
            ExitCode::from(FAILED)
        }
    }
}

async fn serve_until_interrupted(config: Config) -> anyhow::Result<()> {
    // A file that has grown to the limit that somebody set is a failed write and an answer that says so, not the end.
    let _too_long = tokio::signal::unix::signal(SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw()));
    let admits = admits(&config);
    let secure = config.listen.tls();
    let ready = move |address| {
        println!("listening on {}://{address}", if secure { "https" } else { "http" });
        println!("{admits}");
    };
    zooscope::run(config, ready, interrupted()).await?;
    Ok(())
}

async fn run_demo(flags: DemoFlags) -> anyhow::Result<()> {
    let folder = tempfile::tempdir().context("the demo's folder cannot be made")?;
    let data_dir = flags.data_dir.unwrap_or_else(|| folder.path().to_owned());
    let client_log = flags.client_log.unwrap_or_else(|| data_dir.join("clients.jsonl"));
    let report = if client_log.as_os_str() == "-" {
        Report::to_stdout()
    } else {
        std::fs::create_dir_all(&data_dir).context("the folder for the audit log cannot be made")?;
        Report::to_file(&client_log).context("the file for what the clients say cannot be made")?
    };
    let zookeeper = demo::zookeeper::Options { home: flags.zookeeper_home, ..Default::default() };
    let options = demo::Options { zookeeper, python: flags.python, report };
    let demo = demo::Demo::start(options).await.context("the demo's ZooKeeper did not start")?;
    if let Some(missing) = demo.missing() {
        eprintln!("{missing}");
    }
    let serve = config::Flags {
        zookeeper: vec![format!("demo={}", demo.connect())],
        listen: flags.listen,
        data_dir: Some(data_dir),
        ..config::Flags::default()
    };
    let served = match Config::load(&serve) {
        Ok(config) => {
            let admits = admits(&config);
            let ready = |address| {
                println!("listening on http://{address}");
                println!("{admits}");
                println!("\n  Open http://{address} in a browser. Ctrl-C stops the demo.");
                println!("  What its clients say they do is in {}\n", client_log.display());
            };
            zooscope::run(config, ready, interrupted()).await.map_err(Into::into)
        }
        Err(error) => Err(error.into()),
    };
    demo.stop().await;
    served
}

/// Waits for Ctrl-C or the signal to end.
async fn interrupted() {
    let end = async {
        match tokio::signal::unix::signal(SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = end => {}
    }
}
