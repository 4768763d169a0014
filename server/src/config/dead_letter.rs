//! Where items of queues are set aside, as `[[dead_letter]]` tables.

use serde::Deserialize;
use zooscope_model::Pattern;
use zooscope_protocol::ZnodePath;

use super::Error;

/// One table of the file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    queue: String,
    to: String,
}

/// The directories by queue. Beside those that are configured each queue has one of its own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeadLetters(Vec<(Pattern, String)>);

impl DeadLetters {
    /// The most tables.
    const MOST: usize = 100;

    /// Checks the tables of a file.
    pub(super) fn of(tables: Vec<Table>) -> Result<Self, Error> {
        if tables.len() > Self::MOST {
            return Err(Error::value("dead_letter", format!("there are at most {} tables", Self::MOST)));
        }
        let checked = tables.into_iter().map(|Table { queue, to }| {
            let pattern = Pattern::parse(&queue)
                .map_err(|error| Error::value("dead_letter.queue", format!("`{queue}`: {error}")))?;
            let sample = ZnodePath::parse("/a/b").ok().and_then(|sample| filled(&to, &sample));
            if sample.is_none() || to.matches(['{', '}']).count() != 2 * places(&to) {
                let why = format!(
                    "`{to}` is no path; write one from the root, in which {{path}}, {{parent}} and {{name}} stand for those of the queue"
                );
                return Err(Error::value("dead_letter.to", why));
            }
            Ok((pattern, to))
        });
        checked.collect::<Result<_, _>>().map(Self)
    }

    /// The directory for a queue's items, where one is configured.
    pub fn of_queue(&self, queue: &ZnodePath) -> Option<ZnodePath> {
        self.0.iter().find(|(pattern, _)| pattern.matches(queue)).and_then(|(_, to)| filled(to, queue))
    }
}

/// How many places are to be filled.
fn places(to: &str) -> usize {
    ["{path}", "{parent}", "{name}"].into_iter().map(|place| to.matches(place).count()).sum()
}

fn filled(to: &str, queue: &ZnodePath) -> Option<ZnodePath> {
    // What is above a queue at the root is nothing, not a slash.
    let parent = queue.parent().filter(|parent| !parent.is_root());
    let parent = parent.as_ref().map_or("", |parent| parent.as_str());
    let name = queue.name();
    ZnodePath::parse(
        &to.replace("{path}", queue.as_str()).replace("{parent}", parent).replace("{name}", name),
    )
    .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(queue: &str, to: &str) -> Table {
        Table { queue: queue.to_owned(), to: to.to_owned() }
    }

    #[test]
    fn the_first_that_is_about_a_queue_says_where() {
        let letters = DeadLetters::of(vec![
            table("/billing/**", "/dead{path}"),
            table("/*", "{parent}/{name}-dead"),
            table("/a/*", "{parent}/{name}-dead"),
        ])
        .unwrap();
        let of = |path: &str| {
            letters.of_queue(&ZnodePath::parse(path).unwrap()).map(|path| path.as_str().to_owned())
        };
        assert_eq!(of("/billing/eu/invoices").as_deref(), Some("/dead/billing/eu/invoices"));
        assert_eq!(of("/queue").as_deref(), Some("/queue-dead"));
        assert_eq!(of("/a/queue").as_deref(), Some("/a/queue-dead"));
        assert_eq!(of("/b/queue"), None);
    }

    #[test]
    fn what_is_no_path_is_refused_by_its_key() {
        for (queue, to, key) in [
            ("billing", "/dead", "dead_letter.queue"),
            ("/billing", "dead", "dead_letter.to"),
            ("/billing", "/dead/{queue}", "dead_letter.to"),
            ("/billing", "/dead/{path}", "dead_letter.to"),
        ] {
            let error = DeadLetters::of(vec![table(queue, to)]).unwrap_err().to_string();
            assert!(error.contains(key), "{queue} {to}: {error}");
        }
    }
}
