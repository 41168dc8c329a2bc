//! Signing keys and signatures by the platform, in a tenth of the time that they take in wasm and without
//! the arithmetic of the curve in it.

use core::cell::RefCell;

use portcullis_service::{GeneratedKey, SIGNATURE_BYTES, Signer};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::js_sys::{Array, Object, Promise, Reflect, Uint8Array};
use worker::wasm_bindgen_futures::JsFuture;
use zeroize::Zeroizing;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = ["crypto", "subtle"], js_name = generateKey)]
    fn generate_key(
        algorithm: &JsValue,
        is_extractable: bool,
        usages: &JsValue,
    ) -> Result<Promise, JsValue>;

    #[wasm_bindgen(catch, js_namespace = ["crypto", "subtle"], js_name = exportKey)]
    fn export_key(format: &str, key: &JsValue) -> Result<Promise, JsValue>;

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

/// Makes a P-256 key pair.
///
/// # Errors
/// A sentence for the log.
pub(crate) async fn make_key() -> Result<GeneratedKey, String> {
    let exported = try_make_key()
        .await
        .map_err(|error| told("making a key", &error))?;
    let der = Zeroizing::new(exported.to_vec());
    // The heap of JavaScript isn't wiped by anybody else.
    exported.fill(0, 0, exported.length());
    GeneratedKey::from_pkcs8(&der).map_err(|error| format!("making a key: {error}"))
}

async fn try_make_key() -> Result<Uint8Array, JsValue> {
    // Extractable, as it is to be stored; nobody holds the platform's own key after this.
    let pair = generate_key(&es256()?, true, &usages())?;
    let pair = JsFuture::from(pair).await?;
    let private = Reflect::get(&pair, &"privateKey".into())?;
    let exported = export_key("pkcs8", &private)?;
    Ok(Uint8Array::new(&JsFuture::from(exported).await?))
}

/// Signs with ES256 (RFC 7518 section 3.4); the platform's signatures are in that
/// form already.
///
/// # Errors
/// A sentence for the log.
pub(crate) async fn sign_es256(
    signer: &Signer,
    message: &[u8],
) -> Result<[u8; SIGNATURE_BYTES], String> {
    let signature = try_es256(signer, message).await;
    let bytes = signature.map_err(|error| told("signing", &error))?.to_vec();
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
    let algorithm = es256()?;
    // The platform reads the bytes where they are, in the call itself: no copy is left in JavaScript. It refuses
    // a private key that doesn't belong to the public one beside it.
    let der = signer.private_der().as_bytes();
    let key = import_key("pkcs8", der, &algorithm, false, &usages())?;
    let imported = Imported {
        kid: signer.kid().to_owned(),
        key: JsFuture::from(key).await?,
        algorithm,
    };
    NEWEST.set(Some(imported.clone()));
    Ok(imported)
}

/// What a key of ES256 is for the platform, and what is asked of it.
fn es256() -> Result<JsValue, JsValue> {
    let algorithm = Object::new();
    for (name, value) in [
        ("name", "ECDSA"),
        ("namedCurve", "P-256"),
        ("hash", "SHA-256"),
    ] {
        Reflect::set(&algorithm, &name.into(), &value.into())?;
    }
    Ok(algorithm.into())
}

/// What a key does; with a pair, the public half may do nothing.
fn usages() -> Array {
    Array::of1(&"sign".into())
}

/// The platform's words about algorithms and forms, which never tell what is in a key.
fn told(what: &str, error: &JsValue) -> String {
    let text = Reflect::get(error, &"message".into()).ok();
    let text = text.and_then(|text| text.as_string());
    format!("{what}: {}", text.as_deref().unwrap_or("no reason given"))
}
