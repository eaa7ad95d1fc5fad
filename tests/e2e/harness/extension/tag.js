// Added to the page by a tag.

setTimeout(function later() {
  throw new Error("tag throw");
});
Promise.reject(new Error("tag reject"));
