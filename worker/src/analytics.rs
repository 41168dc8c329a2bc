//! Requests as data points of Workers Analytics Engine, where a dataset is bound.

use axum::body::Body;
use portcullis_http::Observed;
use worker::{AnalyticsEngineDataPointBuilder, Env};

/// Name of the binding.
const BINDING: &str = "ANALYTICS";

/// Writes down an answer: its route is the index, method and status are blobs, the milliseconds it took a
/// double. Nothing in it names anybody. It is no one's concern when that fails.
pub(crate) fn write(env: &Env, response: &http::Response<Body>) {
    let Some(observed) = response.extensions().get::<Observed>() else {
        return;
    };
    let Ok(dataset) = env.analytics_engine(BINDING) else {
        return;
    };
    let latency_ms = u32::try_from(observed.latency_ms).unwrap_or(u32::MAX);
    let point = AnalyticsEngineDataPointBuilder::new()
        .indexes([observed.route.as_str()])
        .add_blob(observed.method.as_str())
        .add_blob(response.status().as_str())
        .add_double(latency_ms)
        .build();
    let _ = dataset.write_data_point(&point);
}
