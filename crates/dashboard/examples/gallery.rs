//! Writes every sample page as an HTML file with the assets beside it, to be looked at:
//! `cargo run -p postscale-dashboard --example gallery -- OUTDIR`.

use std::{fs, path::PathBuf};

#[path = "../tests/it/samples/mod.rs"]
mod samples;

fn main() -> std::io::Result<()> {
    let directory: PathBuf = std::env::args_os()
        .nth(1)
        .map_or_else(|| "gallery".into(), Into::into);
    fs::create_dir_all(&directory)?;
    for asset in postscale_dashboard::assets::ALL {
        fs::write(directory.join(asset.name), asset.bytes)?;
    }
    let mut index = String::from("<!doctype html><title>Gallery</title><ul>");
    for (name, html) in samples::all() {
        let html = html.replace("\"/assets/", "\"");
        fs::write(directory.join(format!("{name}.html")), html)?;
        index.push_str(&format!("<li><a href=\"{name}.html\">{name}</a>"));
    }
    fs::write(directory.join("index.html"), index)
}
