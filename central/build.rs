//! A release build holds the UI: it is built again when `make ui` wrote another one. A debug build reads it from
//! disk instead (src/ui.rs). Where there is no UI yet, cargo looks again each time.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("PROFILE").as_deref() == Ok("release") {
        println!("cargo::rerun-if-changed=../admin-frontend/dist");
    }
}
