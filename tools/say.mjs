// usage: node tools/say.mjs TEXT: prints TEXT, in every shell
console.log(process.argv.slice(2).join(' '));
