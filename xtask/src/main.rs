//! `xtask IN.wasm OUT NAME`: makes the JavaScript glue of a compiled module. The library behind the `wasm-bindgen` command is used
//! as a crate, so that Cargo.lock pins it and nothing has to be installed.

use std::process::ExitCode;
use wasm_bindgen_cli_support::Bindgen;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (Some(module), Some(out), Some(name), None) =
        (arguments.next(), arguments.next(), arguments.next(), arguments.next())
    else {
        eprintln!("usage: xtask IN.wasm OUT NAME");
        return ExitCode::from(2);
    };
    match generate(&module, &out, &name) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::FAILURE
        }
    }
}

fn generate(module: &str, out: &str, name: &str) -> Result<(), impl std::fmt::Display> {
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(module)
        .out_name(name)
        .typescript(true)
        // The loader of each platform knows where the module is; a default path would confuse bundlers.
        .omit_default_module_path(true)
        // After a trap the shim makes a fresh instance.
        .reset_state_function(true)
        .web(true)?
        .generate(out)
}
