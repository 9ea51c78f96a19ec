
mod central;
mod journals;
mod sync;
