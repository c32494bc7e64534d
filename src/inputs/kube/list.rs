//! Reads a whole list page by page: the next page is fetched while one is parsed.

use std::collections::VecDeque;
use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tokio::task::JoinHandle;

use super::client::{Answer, Api};
use super::error::KubeError;
use super::page::{Parsed, head};
use super::read::Progress;
use super::resource::{Need, Resource};

/// Number of objects per page, as in `kubectl`: some megabytes of pods, far below the server's own limits.
pub(super) const PAGE: usize = 500;

/// Optional APIs are retried less often than the cluster itself.
const ATTEMPTS_FOR_AN_ADDITION: u32 = 2;

/// Number of times that a list is started when it expires on the server.
const BEGINNINGS: u32 = 3;

/// The result of reading a list.
pub(super) struct Listed<K> {
    pub(super) items: Vec<K>,
    /// Whether a part was read at a later state than the rest, because the list expired on the server.
    pub(super) mended: bool,
}

/// Reads a list, and keeps what `take_apart` extracts from each page together with its continue token. Three pages
/// and the extracted objects are in memory.
pub(super) async fn list<K>(
    api: &Api,
    resource: &Resource,
    namespace: Option<&str>,
    progress: &(dyn Fn(Progress<'_>) + Sync),
    take_apart: impl Fn(&[u8]) -> Parsed<K> + Clone + Send + 'static,
) -> Result<Listed<K>, KubeError>
where
    K: Send + 'static,
{
    let name = resource.name();
    let retry = api.retry();
    let attempts = match resource.need {
        Need::Addition => retry.attempts.min(ATTEMPTS_FOR_AN_ADDITION),
        _ => retry.attempts,
    };
    let waiting = |why: &str, wait: Duration| progress(Progress::Waiting { what: &name, why, wait });
    let fetch = |next: String, room: Vec<u8>| {
        let path = page_path(resource, namespace, &next);
        let (name, waiting) = (&name, &waiting);
        async move { api.fetch(&path, name, attempts, waiting, room).await }
    };
    let (mut beginnings, mut spoiled, mut pages, mut bodies, mut mended_after) = (1, 0, 0, 0, None);
    let mut listed = Listed { items: Vec::new(), mended: false };
    let mut next = Some(String::new());
    let mut rooms: Vec<Vec<u8>> = Vec::new();
    let mut taken_apart: VecDeque<ParsedPage<K>> = VecDeque::new();
    loop {
        if let Some(at) = next.take() {
            match fetch(at.clone(), rooms.pop().unwrap_or_default()).await? {
                Answer::Body(body) => {
                    bodies += 1;
                    let ahead = head(&body).map(|(next, _)| next);
                    next = ahead.clone().filter(|next| !next.is_empty());
                    let take_apart = take_apart.clone();
                    let page = tokio::task::spawn_blocking(move || (take_apart(&body), body));
                    taken_apart.push_back(ParsedPage { at, ahead, page });
                }
                Answer::Gone(_) if beginnings < BEGINNINGS => {
                    beginnings += 1;
                    progress(Progress::Again { what: &name });
                    listed.items.clear();
                    taken_apart.clear();
                    (pages, next) = (0, Some(String::new()));
                }
                Answer::Gone(Some(younger)) if mended_after != Some(bodies) => {
                    // A list that takes longer than the server keeps its state can never be read at one moment.
                    // Expiring twice at the same position means that the server makes no progress.
                    mended_after = Some(bodies);
                    listed.mended = true;
                    next = Some(younger);
                }
                Answer::Gone(_) => return Err(KubeError::Expired { what: name, times: beginnings }),
            }
            if next.is_some() && taken_apart.len() < PARSE_CONCURRENCY {
                continue;
            }
        }
        if let Some(ParsedPage { at, ahead, page }) = taken_apart.pop_front() {
            let (page, body) = page.await.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()));
            rooms.push(body);
            match page {
                Ok((real, items)) => {
                    listed.items.extend(items);
                    pages += 1;
                    let last = real.is_empty();
                    if ahead.as_ref() != Some(&real) {
                        // The prefetched page does not belong to the new list.
                        taken_apart.clear();
                        next = Some(real).filter(|next| !next.is_empty());
                    }
                    if !last {
                        progress(Progress::Page { what: &name, count: listed.items.len() });
                    }
                }
                // The response was truncated by something in between.
                Err(_) if spoiled + 1 < attempts => {
                    spoiled += 1;
                    let wait = retry.pause;
                    progress(Progress::Waiting { what: &name, why: "a response that cannot be read", wait });
                    tokio::time::sleep(wait).await;
                    taken_apart.clear();
                    next = Some(at);
                }
                Err(source) => return Err(KubeError::Answer { server: api.server().to_owned(), what: name, source }),
            }
        }
        if next.is_none() && taken_apart.is_empty() {
            progress(Progress::Read { what: &name, count: listed.items.len(), pages });
            return Ok(listed);
        }
    }
}

/// Number of pages that are parsed at the same time while the next one is fetched: two keep up with a fast server,
/// and each takes its size in memory.
const PARSE_CONCURRENCY: usize = 2;

/// A page that is being parsed.
struct ParsedPage<K> {
    /// Continue token of the page.
    at: String,
    /// Continue token of the next page from the head of this one; `None` if the head does not contain it.
    ahead: Option<String>,
    /// The parsed page, and its body, whose memory is reused for a later page.
    page: JoinHandle<(Parsed<K>, Vec<u8>)>,
}

pub(super) fn page_path(resource: &Resource, namespace: Option<&str>, next: &str) -> String {
    let path = resource.path(namespace);
    if next.is_empty() {
        return format!("{path}?limit={PAGE}");
    }
    // A token is base64, but that is up to the server.
    let next = utf8_percent_encode(next, NON_ALPHANUMERIC);
    format!("{path}?limit={PAGE}&continue={next}")
}

#[cfg(test)]
mod tests {
    use super::super::resource::PODS;
    use super::*;

    #[test]
    fn the_paths_of_pages_are_encoded() {
        assert_eq!(page_path(&PODS, None, ""), "/api/v1/pods?limit=500");
        assert_eq!(page_path(&PODS, Some("a"), "x=&/"), "/api/v1/namespaces/a/pods?limit=500&continue=x%3D%26%2F");
    }
}
