// Without a cache for a second build, which never comes.
export default { experimental: { turbopackFileSystemCacheForBuild: false } };
