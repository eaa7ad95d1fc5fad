// The same as a module.

export {};

setTimeout(function later() {
  throw new Error("module throw");
});
Promise.reject(new Error("module reject"));
