//! What this process counts, in the text format of Prometheus.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use portcullis_http::{MoreMetrics, Observed};

use crate::host::HashQueue;

/// Upper bounds of the latency's histogram, milliseconds.
const BOUNDS_MS: [i64; 11] = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 5000];

/// Counts since the process began.
#[derive(Clone)]
pub(crate) struct Metrics {
    counts: Arc<Mutex<Counts>>,
    queue: Arc<HashQueue>,
}

#[derive(Default)]
struct Counts {
    requests: BTreeMap<(String, &'static str, u16), u64>,
    latency: BTreeMap<String, Latency>,
    sign_ins: BTreeMap<&'static str, u64>,
}

#[derive(Default)]
struct Latency {
    buckets: [u64; BOUNDS_MS.len()],
    count: u64,
    sum_ms: i64,
}

/// Counts a request, and lets who reads metrics see the counts.
pub(crate) async fn counted(
    State(metrics): State<Metrics>,
    mut request: Request,
    next: Next,
) -> Response {
    if request.uri().path() == "/metrics" {
        let own = metrics.clone();
        let more = move |text: &mut String| own.write(text);
        request.extensions_mut().insert(MoreMetrics(Arc::new(more)));
    }
    let response = next.run(request).await;
    if let Some(observed) = response.extensions().get::<Observed>() {
        metrics.note(observed, response.status().as_u16());
    }
    response
}

impl Metrics {
    /// Counts that begin now, of a process whose hashes wait in this queue.
    pub(crate) fn of(queue: Arc<HashQueue>) -> Self {
        Self {
            counts: Arc::default(),
            queue,
        }
    }

    fn note(&self, observed: &Observed, status: u16) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        // Routes are as many as were declared; methods may be anything.
        let method = match observed.method.as_str() {
            "GET" => "GET",
            "HEAD" => "HEAD",
            "POST" => "POST",
            "PUT" => "PUT",
            "PATCH" => "PATCH",
            "DELETE" => "DELETE",
            "OPTIONS" => "OPTIONS",
            _ => "other",
        };
        if let Some(outcome) = sign_in(&observed.route, status) {
            *counts.sign_ins.entry(outcome).or_default() += 1;
        }
        let key = (observed.route.clone(), method, status);
        *counts.requests.entry(key).or_default() += 1;
        let latency = counts.latency.entry(observed.route.clone()).or_default();
        latency.count += 1;
        latency.sum_ms = latency.sum_ms.saturating_add(observed.latency_ms);
        for (bucket, bound_ms) in latency.buckets.iter_mut().zip(BOUNDS_MS) {
            if observed.latency_ms <= bound_ms {
                *bucket += 1;
            }
        }
    }

    fn write(&self, text: &mut String) {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        // Writing to a String can't fail, here and below. Routes are declared here and need no escapes.
        head(
            text,
            "portcullis_requests_total",
            "counter",
            "Requests that were answered.",
        );
        for ((route, method, status), count) in &counts.requests {
            let _ = writeln!(
                text,
                "portcullis_requests_total{{route=\"{route}\",method=\"{method}\",status=\"{status}\"}} {count}"
            );
        }
        counts.write_latency(text);
        head(
            text,
            "portcullis_sign_ins_total",
            "counter",
            "Sign-ins by password.",
        );
        for outcome in ["ok", "refused", "throttled", "failed"] {
            let count = counts.sign_ins.get(outcome).copied().unwrap_or(0);
            let _ = writeln!(
                text,
                "portcullis_sign_ins_total{{outcome=\"{outcome}\"}} {count}"
            );
        }
        let throttled = counts.requests.iter();
        let throttled = throttled.filter(|((_, _, status), _)| *status == 429);
        let throttled: u64 = throttled.map(|(_, count)| *count).sum();
        head(
            text,
            "portcullis_throttled_total",
            "counter",
            "Requests that came too often.",
        );
        let _ = writeln!(text, "portcullis_throttled_total {throttled}");
        head(
            text,
            "portcullis_password_hashes",
            "gauge",
            "Hashes of passwords at work and in the queue.",
        );
        for (state, count) in [
            ("running", &self.queue.running),
            ("waiting", &self.queue.waiting),
        ] {
            let count = count.load(Ordering::Relaxed);
            let _ = writeln!(
                text,
                "portcullis_password_hashes{{state=\"{state}\"}} {count}"
            );
        }
    }
}

impl Counts {
    fn write_latency(&self, text: &mut String) {
        let name = "portcullis_request_seconds";
        head(text, name, "histogram", "How long answers took.");
        for (route, latency) in &self.latency {
            for (bucket, bound_ms) in latency.buckets.iter().zip(BOUNDS_MS) {
                let bound = seconds(bound_ms);
                let _ = writeln!(
                    text,
                    "{name}_bucket{{route=\"{route}\",le=\"{bound}\"}} {bucket}"
                );
            }
            let count = latency.count;
            let _ = writeln!(
                text,
                "{name}_bucket{{route=\"{route}\",le=\"+Inf\"}} {count}"
            );
            let sum = seconds(latency.sum_ms);
            let _ = writeln!(text, "{name}_sum{{route=\"{route}\"}} {sum}");
            let _ = writeln!(text, "{name}_count{{route=\"{route}\"}} {count}");
        }
    }
}

/// How a sign-in came out; `None` for what isn't one.
fn sign_in(route: &str, status: u16) -> Option<&'static str> {
    if !matches!(route, "/api/auth/sign-in/email" | "/api/auth/login") {
        return None;
    }
    Some(match status {
        200..=299 => "ok",
        429 => "throttled",
        500.. => "failed",
        _ => "refused",
    })
}

fn head(text: &mut String, name: &str, kind: &str, help: &str) {
    let _ = write!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
}

fn seconds(ms: i64) -> String {
    format!("{}.{:03}", ms / 1000, ms % 1000)
}

#[cfg(test)]
mod tests {
    use axum::http::Method;

    use super::*;

    fn seen(metrics: &Metrics, route: &str, status: u16, latency_ms: i64) {
        let observed = Observed {
            route: route.to_owned(),
            method: Method::from_bytes(b"POST").unwrap(),
            latency_ms,
        };
        metrics.note(&observed, status);
    }

    #[test]
    fn requests_sign_ins_and_latencies_are_counted_by_route() {
        let metrics = Metrics::of(Arc::default());
        let route = "/api/auth/sign-in/email";
        for (status, latency_ms) in [(200, 60), (401, 70), (401, 5), (429, 0)] {
            seen(&metrics, route, status, latency_ms);
        }
        seen(&metrics, "", 404, 1);
        let mut text = String::new();
        metrics.write(&mut text);
        for line in [
            "portcullis_requests_total{route=\"/api/auth/sign-in/email\",method=\"POST\",status=\"401\"} 2",
            "portcullis_requests_total{route=\"\",method=\"POST\",status=\"404\"} 1",
            "portcullis_request_seconds_bucket{route=\"/api/auth/sign-in/email\",le=\"0.005\"} 2",
            "portcullis_request_seconds_bucket{route=\"/api/auth/sign-in/email\",le=\"0.050\"} 2",
            "portcullis_request_seconds_bucket{route=\"/api/auth/sign-in/email\",le=\"0.100\"} 4",
            "portcullis_request_seconds_bucket{route=\"/api/auth/sign-in/email\",le=\"+Inf\"} 4",
            "portcullis_request_seconds_sum{route=\"/api/auth/sign-in/email\"} 0.135",
            "portcullis_sign_ins_total{outcome=\"ok\"} 1",
            "portcullis_sign_ins_total{outcome=\"refused\"} 2",
            "portcullis_sign_ins_total{outcome=\"throttled\"} 1",
            "portcullis_throttled_total 1",
            "portcullis_password_hashes{state=\"waiting\"} 0",
        ] {
            assert!(text.lines().any(|one| one == line), "{line}\n{text}");
        }
    }
}
