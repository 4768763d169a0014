//! `make bench`: what the console can carry, each figure with its reference of the same run, in one table.
//!
//! `cargo bench --package zooscope-tests -- [ROW…] [--write FILE]`: without rows all of them; with `--write` the table is put
//! between the markers of a Markdown file. It is always in `target/bench.md`.

mod rows;
mod table;

use std::path::PathBuf;
use std::process::ExitCode;

use harness::scale::{grove, reads};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    if let [word, connect, root] = arguments.as_slice()
        && word == rows::WALK
    {
        runtime.block_on(async {
            let walked = reads::walk(&grove::client(connect).await, root).await;
            println!("{} {}", walked.took.as_secs_f64(), walked.znodes);
        });
        return ExitCode::SUCCESS;
    }
    // What cargo itself adds says only that this is a benchmark.
    let mut arguments = arguments.into_iter().filter(|argument| argument != "--bench");
    let (mut wanted, mut write) = (Vec::new(), None);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--write" => write = arguments.next().map(PathBuf::from),
            row if rows::NAMES.contains(&row) => wanted.push(argument),
            other => {
                eprintln!("there is no row `{other}`; there are {}", rows::NAMES.join(", "));
                return ExitCode::from(2);
            }
        }
    }
    let machine = table::machine();
    let rows = match runtime.block_on(rows::measure(&wanted)) {
        Ok(rows) => rows,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    print!("\n{}", table::plain(&rows));
    let markdown = table::markdown(&rows, &machine);
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from);
    let written = std::fs::write(target.join("bench.md"), &markdown);
    let written =
        written.and_then(|()| write.map_or(Ok(()), |file| table::put_between_markers(&file, &markdown)));
    if let Err(error) = written {
        eprintln!("the table was not written: {error}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
