//! Signatures by the platform, which takes a tenth of the time that they take in wasm.

use core::cell::RefCell;

use portcullis_service::{SIGNATURE_BYTES, Signer};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::js_sys::{Array, Object, Promise, Reflect, Uint8Array};
use worker::wasm_bindgen_futures::JsFuture;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = ["crypto", "subtle"], js_name = importKey)]
    fn import_key(
        format: &str,
        data: &[u8],
        algorithm: &JsValue,
        is_extractable: bool,
        usages: &JsValue,
    ) -> Result<Promise, JsValue>;

    #[wasm_bindgen(catch, js_namespace = ["crypto", "subtle"])]
    fn sign(algorithm: &JsValue, key: &JsValue, data: &[u8]) -> Result<Promise, JsValue>;
}

/// A key as the platform holds it, which gives it to nobody.
#[derive(Clone)]
struct Imported {
    kid: String,
    key: JsValue,
    /// What is asked of `sign`.
    algorithm: JsValue,
}

thread_local! {
    /// The key that signed last. Data alone: a pending import belongs to its request.
    static NEWEST: RefCell<Option<Imported>> = const { RefCell::new(None) };
}

/// Signs with ES256 (RFC 7518 section 3.4); the platform's signatures are in that
/// form already.
///
/// # Errors
/// A sentence for the log.
pub(crate) async fn es256(
    signer: &Signer,
    message: &[u8],
) -> Result<[u8; SIGNATURE_BYTES], String> {
    let signature = try_es256(signer, message).await;
    let bytes = signature.map_err(|error| told(&error))?.to_vec();
    <[u8; SIGNATURE_BYTES]>::try_from(bytes).map_err(|bytes| {
        format!(
            "signing: the platform's signature has {} bytes",
            bytes.len()
        )
    })
}

async fn try_es256(signer: &Signer, message: &[u8]) -> Result<Uint8Array, JsValue> {
    let newest = NEWEST.with_borrow(Clone::clone);
    let imported = match newest.filter(|newest| newest.kid == signer.kid()) {
        Some(imported) => imported,
        None => import(signer).await?,
    };
    let signature = sign(&imported.algorithm, &imported.key, message)?;
    Ok(Uint8Array::new(&JsFuture::from(signature).await?))
}

async fn import(signer: &Signer) -> Result<Imported, JsValue> {
    let algorithm = Object::new();
    for (name, value) in [
        ("name", "ECDSA"),
        ("namedCurve", "P-256"),
        ("hash", "SHA-256"),
    ] {
        Reflect::set(&algorithm, &name.into(), &value.into())?;
    }
    let usages = Array::of1(&"sign".into());
    // The platform reads the bytes where they are, in the call itself: no copy is left in JavaScript.
    let der = signer.private_der();
    let key = import_key("pkcs8", der.as_bytes(), &algorithm, false, &usages)?;
    drop(der);
    let imported = Imported {
        kid: signer.kid().to_owned(),
        key: JsFuture::from(key).await?,
        algorithm: algorithm.into(),
    };
    NEWEST.set(Some(imported.clone()));
    Ok(imported)
}

/// The platform's words about algorithms and forms, which never tell what is in a key.
fn told(error: &JsValue) -> String {
    let text = Reflect::get(error, &"message".into()).ok();
    let text = text.and_then(|text| text.as_string());
    format!("signing: {}", text.as_deref().unwrap_or("no reason given"))
}
