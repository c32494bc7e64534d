//! A whole list, page by page: the next page is on its way while one is taken apart.

use std::time::Duration;

use serde::de::{DeserializeOwned, IgnoredAny};

use super::client::{Answer, Api};
use super::error::KubeError;
use super::page::Page;
use super::read::Progress;
use super::resource::{Need, Resource};
use super::strip::without_managed_fields;

/// Objects a page: what `kubectl` asks for. Some megabytes of pods, and far from the server's own limits.
pub(super) const PAGE: usize = 500;

/// An addition that is down is not waited for as the cluster itself is.
const ATTEMPTS_FOR_AN_ADDITION: u32 = 2;

/// What a list came to.
pub(super) struct Listed<K> {
    pub(super) items: Vec<K>,
    /// Whether a part was read later than the rest, as the server had forgotten the beginning.
    pub(super) mended: bool,
}

/// Reads a list and keeps what `extract` makes of its objects. In memory are two pages and what is kept.
pub(super) async fn list<T, K>(
    api: &Api,
    resource: &Resource,
    namespace: Option<&str>,
    tell: &(dyn Fn(Progress<'_>) + Sync),
    extract: impl Fn(T) -> Option<K> + Clone + Send + 'static,
) -> Result<Listed<K>, KubeError>
where
    T: DeserializeOwned,
    K: Send + 'static,
{
    let name = resource.name();
    let patience = api.patience();
    let attempts = match resource.need {
        Need::Addition => patience.attempts.min(ATTEMPTS_FOR_AN_ADDITION),
        _ => patience.attempts,
    };
    let waiting = |why: &str, wait: Duration| tell(Progress::Waiting { what: &name, why, wait });
    let fetch = |next: String| {
        let path = page_path(resource, namespace, &next);
        let (name, waiting) = (&name, &waiting);
        async move { api.fetch(&path, name, attempts, waiting).await }
    };
    let (mut beginnings, mut spoiled, mut pages, mut mended_after) = (1, 0, 0, None);
    let mut listed = Listed { items: Vec::new(), mended: false };
    let mut at = String::new();
    let mut answer = fetch(String::new()).await?;
    loop {
        let body = match answer {
            Answer::Body(body) => body,
            Answer::Gone(_) if beginnings < patience.beginnings => {
                beginnings += 1;
                tell(Progress::Again { what: &name });
                listed.items.clear();
                (at, pages) = (String::new(), 0);
                answer = fetch(String::new()).await?;
                continue;
            }
            Answer::Gone(Some(next)) if mended_after != Some(pages) => {
                // A list that takes longer than the server's memory can never be read as of one moment. Twice at the same
                // place is a server that makes no headway.
                mended_after = Some(pages);
                listed.mended = true;
                at.clone_from(&next);
                answer = fetch(next).await?;
                continue;
            }
            Answer::Gone(_) => return Err(KubeError::Expired { what: name, times: beginnings }),
        };
        let ahead = peek(&body);
        let extract = extract.clone();
        let taking_apart = tokio::task::spawn_blocking(move || take_apart(&body, &extract));
        let coming = match &ahead {
            Some(next) if !next.is_empty() => Some(fetch(next.clone()).await),
            _ => None,
        };
        let (next, items) =
            match taking_apart.await.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic())) {
                Ok(taken) => taken,
                // Cut by something in between that does not know where an answer ends.
                Err(_) if spoiled + 1 < attempts => {
                    spoiled += 1;
                    tell(Progress::Waiting {
                        what: &name,
                        why: "an answer that cannot be read",
                        wait: patience.first_wait,
                    });
                    tokio::time::sleep(patience.first_wait).await;
                    answer = fetch(at.clone()).await?;
                    continue;
                }
                Err(source) => return Err(KubeError::Answer { server: api.server().to_owned(), what: name, source }),
            };
        listed.items.extend(items);
        pages += 1;
        if next.is_empty() {
            tell(Progress::Read { what: &name, count: listed.items.len(), pages });
            return Ok(listed);
        }
        tell(Progress::Page { what: &name, count: listed.items.len() });
        answer = match coming {
            Some(coming) if ahead.as_deref() == Some(&next) => coming?,
            _ => fetch(next.clone()).await?,
        };
        at = next;
    }
}

fn take_apart<T: DeserializeOwned, K>(
    body: &[u8],
    extract: &impl Fn(T) -> Option<K>,
) -> Result<(String, Vec<K>), serde_json::Error> {
    let page: Page<T> =
        serde_json::from_slice(&without_managed_fields(body)).or_else(|_| serde_json::from_slice(body))?;
    let mut items: Vec<K> = page.items.into_iter().filter_map(extract).collect();
    items.shrink_to_fit();
    Ok((page.metadata.next, items))
}

/// The continue token, without reading the objects: API servers write it before them. `None` where it is not there.
fn peek(body: &[u8]) -> Option<String> {
    const ITEMS: &[u8] = b"\"items\":[";
    let head = &body[..body.len().min(16 << 10)];
    let at = head.windows(ITEMS.len()).position(|window| window == ITEMS)?;
    let head = [&head[..at], b"\"items\":[]}"].concat();
    serde_json::from_slice::<Page<IgnoredAny>>(&head).ok().map(|page| page.metadata.next)
}

fn page_path(resource: &Resource, namespace: Option<&str>, next: &str) -> String {
    let path = resource.path(namespace);
    if next.is_empty() {
        return format!("{path}?limit={PAGE}");
    }
    // A token is base64, but that is the server's own affair.
    let mut encoded = String::with_capacity(next.len() + 8);
    for byte in next.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    format!("{path}?limit={PAGE}&continue={encoded}")
}

#[cfg(test)]
mod tests {
    use super::super::resource::PODS;
    use super::*;

    #[test]
    fn looking_ahead() {
        let of = |text: &str| peek(text.as_bytes());
        assert_eq!(of(r#"{"kind":"PodList","metadata":{"continue":"abc"},"items":[{"a":"#), Some("abc".to_owned()));
        assert_eq!(of(r#"{"metadata":{"resourceVersion":"1"},"items":[]}"#), Some(String::new()));
        assert_eq!(of(r#"{"items":[],"metadata":{"continue":"abc"}}"#), Some(String::new()), "checked afterwards");
        assert_eq!(of("<html>"), None);
    }

    #[test]
    fn paths_of_pages() {
        assert_eq!(page_path(&PODS, None, ""), "/api/v1/pods?limit=500");
        assert_eq!(page_path(&PODS, Some("a"), "x=&/"), "/api/v1/namespaces/a/pods?limit=500&continue=x%3D%26%2F");
    }
}
