/** Imports a package that is installed here, for tests in other folders. */
export const load = (name) => import(name);
