//! The one table of all measurements: on the screen, and as Markdown.

use std::fmt::Write as _;
use std::path::Path;
use std::{fs, io};

/// Between these lines of a Markdown file the table is put.
const MARKERS: (&str, &str) = ("<!-- bench: begin -->", "<!-- bench: end -->");
/// What each column tells.
const HEAD: [&str; 6] = ["what", "measured", "reference", "ratio", "must reach", ""];

/// One measurement.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    /// What was measured.
    pub(crate) what: String,
    /// The console's figure.
    pub(crate) measured: String,
    /// The figure that it is held against, of the same run.
    pub(crate) reference: String,
    /// The one by the other.
    pub(crate) ratio: Option<f64>,
    /// The target.
    pub(crate) must: String,
    /// Whether it was met.
    pub(crate) met: bool,
}

impl Row {
    fn cells(&self) -> [String; 6] {
        let ratio = self.ratio.map_or_else(String::new, |ratio| match ratio {
            ..10.0 => format!("{ratio:.2}"),
            _ => format!("{ratio:.0}"),
        });
        let met = if self.met { "met" } else { "missed" };
        [
            self.what.clone(),
            self.measured.clone(),
            self.reference.clone(),
            ratio,
            self.must.clone(),
            met.to_owned(),
        ]
    }
}

/// The table as Markdown, with what it was measured on.
pub(crate) fn markdown(rows: &[Row], machine: &str) -> String {
    let mut text =
        format!("Measured on {machine}.\n\n| {} |\n|{}\n", HEAD.join(" | "), "---|".repeat(HEAD.len()));
    for row in rows {
        let _ = writeln!(text, "| {} |", row.cells().join(" | "));
    }
    text
}

/// The table for a terminal.
pub(crate) fn plain(rows: &[Row]) -> String {
    let lines: Vec<[String; 6]> =
        std::iter::once(HEAD.map(str::to_owned)).chain(rows.iter().map(Row::cells)).collect();
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..HEAD.len()).map(width).collect();
    lines.iter().fold(String::new(), |mut text, line| {
        let cells = line.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        let _ = writeln!(text, "{}", cells.collect::<Vec<_>>().join("  ").trim_end());
        text
    })
}

/// Puts a text between the markers of a file.
///
/// # Errors
/// When the file cannot be read or written, or has no markers.
pub(crate) fn put_between_markers(file: &Path, table: &str) -> io::Result<()> {
    let text = fs::read_to_string(file)?;
    let begin = text.find(MARKERS.0).map(|at| at + MARKERS.0.len());
    let end = text.find(MARKERS.1);
    match begin.zip(end) {
        Some((begin, end)) if begin <= end => {
            fs::write(file, format!("{}\n\n{table}\n{}", &text[..begin], &text[end..]))
        }
        _ => Err(io::Error::other(format!(
            "{} has no place for the table: write `{}` and `{}` into it, a line each",
            file.display(),
            MARKERS.0,
            MARKERS.1
        ))),
    }
}

/// What the measurements were made on.
pub(crate) fn machine() -> String {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let field = |text: &str, name: &str| {
        let value = text.lines().find(|line| line.starts_with(name))?.split(':').nth(1)?;
        Some(value.trim().to_owned())
    };
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let model =
        field(&read("/proc/cpuinfo"), "model name").unwrap_or_else(|| "an unknown processor".to_owned());
    let memory = field(&read("/proc/meminfo"), "MemTotal")
        .and_then(|text| text.trim_end_matches(" kB").parse::<f64>().ok())
        .map_or_else(String::new, |kib| format!(", {:.0} GiB", kib / 1_048_576.0));
    let kernel = read("/proc/sys/kernel/osrelease");
    let load = read("/proc/loadavg");
    let load = load.split(' ').next().unwrap_or_default();
    format!(
        "{cores} cores of {model}{memory}, Linux {}, ZooKeeper and console and clients all on it (load before: {load})",
        kernel.trim()
    )
}
